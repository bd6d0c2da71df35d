import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendDraft, readLedger } from '../../ledger/ledger-file';
import { grantOf, haltAt } from '../helpers/ledger';
import { livePosture, paperPosture, ReadyStack } from '../helpers/ready-stack';
import { makeTrust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

// Bad ledgers and bad proof: refused by name, nothing rewritten, nobody crashes.
let stack: ReadyStack;
let others: ReadyStack[];
beforeEach(() => {
  stack = new ReadyStack();
  others = [];
});
afterEach(() => {
  for (const one of [stack, ...others]) one.destroy();
});

/** Every file of the stack with its bytes. */
function bytes(): Record<string, string> {
  const names = readdirSync(stack.folder, { recursive: true, encoding: 'utf8' });
  const files = names.map((name) => path.join(stack.folder, name)).filter((file) => statSync(file).isFile());
  return Object.fromEntries(files.map((file) => [file, readFileSync(file, 'base64')]));
}

/** Runs it, and expects that no file has changed. */
function unchanged<T>(run: () => T): T {
  const before = bytes();
  const result = run();
  expect(bytes()).toEqual(before);
  return result;
}

const readHere = () => readLedger(stack.files.ledger, stack.trust.root);

describe('a ledger', () => {
  beforeEach(() => {
    stack.prove();
    stack.grant();
  });

  it('that was truncated after a whole line is told by who saw its head', () => {
    const { head } = readHere();
    const [first] = readFileSync(stack.files.ledger, 'utf8').split('\n');
    writeFileSync(stack.files.ledger, `${first}\n`);
    unchanged(() => expect(() => readHere().requireContains(head)).toThrow(withCode('truncated')));
  });

  it('that was truncated within a line loses that line alone, and a rise is refused for want of it', () => {
    const text = readFileSync(stack.files.ledger);
    writeFileSync(stack.files.ledger, text.subarray(0, text.length - 10));
    unchanged(() => expect(stack.grounds()).toMatchObject({ from: null, ledger: { readable: true, seq: 0 } }));
  });

  it('that was forked is told by who saw its head', () => {
    const fork = new ReadyStack(stack.trust);
    others.push(fork);
    fork.append(haltAt(stack.now));
    const { head } = readHere();
    cpSync(fork.files.ledger, stack.files.ledger);
    unchanged(() => expect(() => readHere().requireContains(head)).toThrow(withCode('forked')));
  });

  it('from another account is refused, for reading and for writing', () => {
    const other = new ReadyStack(makeTrust({ account: 'another' }));
    others.push(other);
    cpSync(other.files.ledger, stack.files.ledger);
    unchanged(() => {
      expect(readHere).toThrow(withCode('foreign'));
      expect(stack.codes()).toContain('ledger_unreadable');
      expect(stack.decide(paperPosture).verdict).toBe('allow');
    });
    const { root, signers } = stack.trust;
    const expected = readLedger(other.files.ledger, other.trust.root).head;
    const append = () =>
      appendDraft(stack.files.ledger, root, haltAt(0), { expected, signers: signers.guardian, now: stack.now });
    const before = readFileSync(stack.files.ledger);
    expect(append).toThrow(withCode('foreign'));
    expect(readFileSync(stack.files.ledger)).toEqual(before);
  });

  it('with two guardians: whose head is old cannot append', () => {
    const { root, signers } = stack.trust;
    const expected = readHere().head;
    const append = () =>
      appendDraft(stack.files.ledger, root, haltAt(0), { expected, signers: signers.guardian, now: stack.now });
    append();
    const before = readFileSync(stack.files.ledger);
    expect(append).toThrow(withCode('stale_head'));
    expect(() => stack.append(grantOf())).toThrow(withCode('grant_over_halt'));
    expect(readFileSync(stack.files.ledger)).toEqual(before);
  });
});

it('an approval for another change is refused', () => {
  stack.prove();
  const { codes } = unchanged(() => ({ codes: stack.codes({ ...livePosture, confidenceThreshold: 0.7 }) }));
  expect(codes).toContain('approval:other_transition');
});

describe('at a stricter venue', () => {
  const account = { venue: 'sandbox', id: 'simulated-1' };
  const to = { ...livePosture, account, risk: { ...livePosture.risk, maxDrawdown: 0.05 } };
  const kinds = ['preflight', 'snapshot', 'canary', 'drill'] as const;
  const honest = { feed: 'venue', timeScale: 1 } as const;
  const all = (predicate: object) => Object.fromEntries(kinds.map((kind) => [kind, { predicate }]));

  beforeEach(() => {
    stack.destroy();
    stack = new ReadyStack(makeTrust({ venue: 'sandbox' }));
  });

  it('evidence in real time on its own prices counts', () => {
    stack.prove(null, to, all(honest));
    expect(unchanged(() => stack.codes(to))).toEqual([]);
  });

  it.each(kinds)('a %s on a scaled clock does not', (kind) => {
    stack.prove(null, to, { ...all(honest), [kind]: { predicate: { ...honest, timeScale: 60 } } });
    expect(unchanged(() => stack.codes(to))).toContain(`${kind}:scaled_clock`);
  });

  it.each(['embedded', 'recorded'] as const)('evidence from the %s feed does not', (feed) => {
    stack.prove(null, to, all({ ...honest, feed }));
    const codes = unchanged(() => stack.codes(to));
    expect(codes).toEqual(expect.arrayContaining(kinds.map((kind) => `${kind}:simulated_feed`)));
  });

  it('at the simulated venue the same evidence counts', () => {
    stack.destroy();
    stack = new ReadyStack();
    stack.prove(null, livePosture, all({ feed: 'embedded', timeScale: 60 }));
    expect(stack.codes()).toEqual([]);
  });
});
