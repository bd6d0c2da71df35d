import { DatabaseSync } from 'node:sqlite';
import type { Check } from './check';

/** Every database opens and passes SQLite's own check of its integrity. */
export const databasesWhole: Check = {
  name: 'databases',
  async run({ databases }) {
    if (databases.length === 0) return 'there is no database';
    const problems = databases.flatMap(({ name, file }) => {
      const problem = inspect(file);
      return problem ? [`${name}: ${problem}`] : [];
    });
    return problems.length > 0 ? problems.join('; ') : undefined;
  },
};

function inspect(file: string): string | undefined {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    try {
      const rows = database.prepare('PRAGMA integrity_check(3)').all() as { integrity_check: string }[];
      const found = rows.map((row) => row.integrity_check).join(', ');
      return found === 'ok' ? undefined : found;
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
