import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { writePrivateKey } from '../../evidence/keys';
import type { ChainHead } from '../../ledger/chain';
import { appendDraft, createLedger, readLedger } from '../../ledger/ledger-file';
import { bundleEntry } from '../helpers/bundle';
import { haltAt } from '../helpers/ledger';
import { makeTrust, startTime } from '../helpers/trust';

// Real processes that append to one ledger.

const trust = makeTrust();
const [guardian] = trust.signers.guardian as [(typeof trust.signers.guardian)[0]];
const home = mkdtempSync(path.join(tmpdir(), 'cutover-appenders-'));
const rootFile = path.join(home, 'root.json');
const keyFile = path.join(home, 'guardian.pem');
let appender: string;
let file: string;
let count = 0;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  appender = await bundleEntry('test/fixtures/ledger-appender.ts');
  writeFileSync(rootFile, JSON.stringify(trust.root));
  writePrivateKey(keyFile, guardian);
});
beforeEach(() => {
  const folder = path.join(home, `${count++}`);
  createLedgerIn(folder);
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function createLedgerIn(folder: string): void {
  file = path.join(mkdtempSync(`${folder}-`), 'ledger.jsonl');
  createLedger(file, trust.genesis);
}

/** Starts an appender; `limit` is the most bytes that it may make a file long, in KiB. */
function start(appends: number, limit?: number): ChildProcess {
  const args = [appender, file, rootFile, keyFile, String(appends)];
  const child =
    limit === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('bash', ['-c', `ulimit -f ${limit} && exec "$0" "$@"`, process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  running.add(child);
  return child;
}

/** What a process said until it ended, or until `enough`, upon which it is killed. */
async function linesOf(
  child: ChildProcess,
  enough = Number.POSITIVE_INFINITY,
): Promise<(ChainHead & { code?: string })[]> {
  const ended = once(child, 'close');
  const lines: (ChainHead & { code?: string })[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(JSON.parse(line));
    if (lines.length === enough) child.kill('SIGKILL');
  }
  await ended;
  running.delete(child);
  return lines;
}

const read = () => readLedger(file, trust.root);

test('two at once never fork it and lose nothing', async () => {
  const both = await Promise.all([linesOf(start(15)), linesOf(start(15))]);
  const chain = read();
  expect(chain.head.seq).toBe(30);
  const acknowledged = both.flat().sort((a, b) => a.seq - b.seq);
  expect(acknowledged.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
  for (const head of acknowledged) chain.requireContains(head);
});

test('one that is killed loses nothing that it acknowledged, and the next one goes on', async () => {
  for (const enough of [1, 2, 3, 5, 8]) {
    const before = read().head.seq;
    const acknowledged = await linesOf(start(1000), enough);
    const chain = read();
    for (const head of acknowledged) chain.requireContains(head);
    expect(chain.head.seq).toBeGreaterThanOrEqual(before + enough);
    const expected = chain.head;
    appendDraft(file, trust.root, haltAt(1), { expected, signers: [guardian], now: startTime });
    expect(read().head.seq).toBe(expected.seq + 1);
  }
});

test('a disk that takes only a part of a line: refused, and as it was', async () => {
  const lines = await linesOf(start(1000, 4));
  expect(lines.at(-1)).toEqual({ code: 'write_failed' });
  const chain = read();
  expect(chain.head).toEqual(lines.at(-2));
  expect(readFileSync(file).at(-1)).toBe(0x0a);
  expect(readdirSync(path.dirname(file)).filter((name) => name.includes('torn'))).toEqual([]);
  appendDraft(file, trust.root, haltAt(1), { expected: chain.head, signers: [guardian], now: startTime });
  expect(read().head.seq).toBe(chain.head.seq + 1);
});
