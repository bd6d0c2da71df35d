import { beforeEach } from 'vitest';
import type { TestProject } from './project';

/** Has each test of a file that fails print what `status` says of its stack, and what its gateway did last. */
export function explainFailures(project: () => TestProject): void {
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      const { stdout } = await project().cutover('status');
      console.log(`status: ${stdout}`);
      const sql = 'SELECT received_at, mode, agent, side, status, code, message FROM orders ORDER BY id DESC LIMIT 12';
      console.log('newest orders:', ...project().query('gateway', 'gateway.db', sql));
    });
  });
}
