import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeKeptHere } from '../../../platforms/docker/kept-here';
import { dataDir } from '../../../platforms/process/home';

function makeStack() {
  const home = mkdtempSync(path.join(tmpdir(), 'cutover-kept-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const place = { home, stack: 'main' };
  const folder = dataDir(place, 'backend');
  mkdirSync(folder, { recursive: true });
  /** @param at when it was last written, seconds since the epoch */
  const write = (file: string, at: number) => {
    writeFileSync(file, '');
    utimesSync(file, at, at);
  };
  return {
    place,
    database: (at: number, name = 'trader.db') => write(path.join(folder, name), at),
    fetched: (at: number) => write(`${folder}.fetched.json`, at),
  };
}

it('a stack without databases here may go to another host', () => {
  const { place, database } = makeStack();
  expect(describeKeptHere(place)).toBeUndefined();
  database(1_000, 'ledger.jsonl'); // made here by `keys init`, to be handed over
  expect(describeKeptHere(place)).toBeUndefined();
});

it('one that ran here may not: its databases would be replaced by copies', () => {
  const { place, database } = makeStack();
  database(1_000);
  expect(describeKeptHere(place)).toMatch(/received .*trader\.db: .*--stack.*CUTOVER_HOME/);
});

it('copies are no hindrance, until something writes to them here', () => {
  const { place, database, fetched } = makeStack();
  database(1_000);
  fetched(1_001);
  expect(describeKeptHere(place)).toBeUndefined();
  database(1_002, 'trader.db-wal');
  expect(describeKeptHere(place)).toContain('trader.db-wal');
});
