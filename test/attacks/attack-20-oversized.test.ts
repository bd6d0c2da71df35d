import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustRootType } from '../../evidence/trust-root';
import { kindsToLive, paperPosture, ReadyStack, type Stored } from '../helpers/ready-stack';
import { signAny, statementOf } from '../helpers/sign-any';

// Attack 20: a gigabyte, deep nesting, keys given twice, `__proto__`: refused by name, within bounded time and memory.
// What would take minutes or the machine's memory shows as a test that times out, or in the process's largest size.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const gigabyte = 1024 ** 3;
/** The process's largest size so far, bytes. */
const largest = () => process.resourceUsage().maxRSS * 1024;

/** What is done grows the process by far less than what it looks at. */
function expectBounded(look: () => void): void {
  const before = largest();
  look();
  expect(largest() - before).toBeLessThan(gigabyte / 4);
}

describe('a gigabyte', () => {
  it.each(kindsToLive)('in the place of the %s', (kind) => {
    truncateSync(stored[kind]!.file, gigabyte);
    expectBounded(() => expect(stack.codes()).toEqual([`${kind}:too_large`]));
  });

  it('in the place of the ledger', () => {
    truncateSync(stack.files.ledger, gigabyte);
    expectBounded(() => expect(stack.codes()).toContain('ledger_unreadable'));
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  });

  it('in the place of the trust root', () => {
    truncateSync(stack.files.trustRoot, gigabyte);
    expectBounded(() => expect(stack.codes()).toContain('too_large'));
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  });

  it('in the place of the time of the last renewal', () => {
    stack.grant();
    writeFileSync(stack.files.renewal, '');
    truncateSync(stack.files.renewal, gigabyte);
    expectBounded(() => expect(stack.codes()).toEqual([]));
  });
});

it('a pipe in the place of ledger, trust root or renewal is not waited for', () => {
  for (const file of [stack.files.renewal, stack.files.ledger, stack.files.trustRoot]) {
    rmSync(file, { force: true });
    execaSync('mkfifo', [file]);
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  }
  expect(stack.codes()).toContain('trust_root_missing');
});

/** Each way to write a document that two readers would not read alike, or one not in bounded time. */
const changes: [what: string, change: (text: string) => string][] = [
  ['nested 80,000 levels deep', (text) => text.replace('{', `{"a":${'['.repeat(8e4)}${']'.repeat(8e4)},`)],
  ['nested 100 levels deep in objects', (text) => text.replace('{', `{"a":${'{"a":'.repeat(100)}1${'}'.repeat(100)},`)],
  ['a key given twice', (text) => text.replace('{', '{"stack":"main","stack":"main",')],
  ['a key given twice in two writings', (text) => text.replace('{', '{"stack":"main","\\u0073tack":"main",')],
  ['__proto__', (text) => text.replace('{', '{"__proto__":{"passed":true},')],
  ['__proto__ in another writing', (text) => text.replace('{', '{"\\u005f_proto__":{"passed":true},')],
  ['constructor', (text) => text.replace('{', '{"constructor":{"prototype":{"passed":true}},')],
  ['a number that overflows', (text) => text.replace('{', '{"a":1e999,')],
];

describe.each(changes)('%s', (_, change) => {
  it.each(kindsToLive)('in the %s, properly signed', (kind) => {
    stack.replace(stored[kind]!, (statement) => change(JSON.stringify(statement)));
    expect(stack.codes()).toEqual([`${kind}:malformed`]);
  });

  it('in the envelope, around what is properly signed', () => {
    writeFileSync(stored.canary!.file, change(stored.canary!.envelope));
    expect(stack.codes()).toEqual(['canary:malformed']);
  });

  it('in the trust root, properly signed', () => {
    const text = change(JSON.stringify(stack.trust.root));
    writeFileSync(stack.files.trustRoot, signAny(text, stack.trust.signers.approver, trustRootType));
    expect(stack.codes()).toContain('malformed');
  });

  it('in the ledger', () => {
    writeFileSync(stack.files.ledger, `${change(JSON.stringify(stack.trust.genesis))}\n`);
    expect(stack.codes()).toContain('ledger_unreadable');
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  });

  it('nothing of it reaches what every object inherits', () => {
    stack.replace(stored.canary!, (statement) => change(JSON.stringify(statement)));
    stack.codes();
    expect(({} as { passed?: unknown }).passed).toBeUndefined();
  });
});

it('a statement of the most bytes that are read is judged, one of a byte more is not', () => {
  const statement = statementOf(stored.canary!.envelope);
  const sized = (length: number) => signAny({ ...statement, note: 'x'.repeat(length) }, stack.trust.signers.measure);
  const most = 256 * 1024;
  let length = Math.floor((most - sized(0).length) * 0.75);
  while (sized(length + 1).length <= most) length += 1;
  while (sized(length).length > most) length -= 1;
  writeFileSync(stored.canary!.file, sized(length).padEnd(most));
  expect(stack.codes()).toEqual(['canary:malformed']); // read, and its unknown field refused
  writeFileSync(stored.canary!.file, sized(length).padEnd(most + 1));
  expect(stack.codes()).toEqual(['canary:too_large']);
});
