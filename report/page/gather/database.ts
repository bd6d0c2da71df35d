import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { messageOf } from '../../../errors';
import type { Found } from '../found';

/** How long a writer may hold a database, milliseconds. */
const lockWaitMs = 2_000;

export type Row = Readonly<Record<string, unknown>>;

/** Questions to a database. The rows of an answer come one by one, so that it may be longer than the memory. */
export type Query = (sql: string, ...values: SQLInputValue[]) => Iterable<Row>;

/** Reads from a database without writing to it. Whatever goes wrong is why there is nothing. */
export function readDatabase<T>(file: string, read: (query: Query) => T): Found<T> {
  if (!existsSync(file)) return { missing: `there is no ${path.basename(file)} yet` };
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: lockWaitMs });
    try {
      return { found: read((sql, ...values) => database.prepare(sql).iterate(...values) as Iterable<Row>) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { missing: `${path.basename(file)} cannot be read: ${messageOf(error)}` };
  }
}

/** A time as the databases write it. @param at milliseconds since the epoch */
export const toText = (at: number) => new Date(at).toISOString();
