import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustRootType } from '../../evidence/trust-root';
import { haltAt } from '../helpers/ledger';
import { askPack } from '../helpers/pack';
import { kindsToLive, livePosture, paperPosture, ReadyStack, type Stored } from '../helpers/ready-stack';
import { signAny } from '../helpers/sign-any';
import { makeTrust } from '../helpers/trust';

// Attack 3: what cannot be parsed is refused by name; an error that is swallowed would count as nothing wrong.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  const now = Date.now(); // the pack reads the wall clock itself
  stack = new ReadyStack(makeTrust({ now: now - 30 * 60_000 }), now);
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
  expect(askPack(stack.place, livePosture, paperPosture)).toEqual([]);
});
afterEach(() => stack.destroy());

/** What the one refusal is, in the decision and in the pack. */
function expectRefused(code: string, by = code): void {
  expect(stack.codes()).toContain(code);
  const [refusal] = askPack(stack.place, livePosture, paperPosture);
  expect(refusal).toContain(`[${by.replace(/^.*:/, '')}]`);
}

describe.each(kindsToLive)('a %s', (kind) => {
  it.each([
    ['that is no JSON', 'malformed', () => '{"_type":'],
    ['that is empty', 'malformed', () => ''],
    ['with more behind its end', 'malformed', (statement: object) => `${JSON.stringify(statement)} {}`],
    ['with a comment', 'malformed', (statement: object) => `${JSON.stringify(statement)} // passed`],
    ['that is null', 'unknown_statement', () => 'null'],
    ['that is a list', 'unknown_statement', (statement: object) => JSON.stringify([statement])],
    ['that is a text', 'unknown_statement', (statement: object) => JSON.stringify(JSON.stringify(statement))],
  ] as const)('%s, properly signed, is refused', (_, code, change) => {
    stack.replace(stored[kind]!, change);
    expectRefused(`${kind}:${code}`);
    expect(stack.decide().reasons).toEqual([expect.objectContaining({ proof: kind, code, file: expect.any(String) })]);
  });

  it('that is cut off anywhere is refused', () => {
    const { envelope, file } = stored[kind]!;
    for (let length = 0; length < envelope.length - 2; length += 397) {
      writeFileSync(file, envelope.slice(0, length));
      expect(stack.codes(), `${length} bytes`).toEqual([`${kind}:malformed`]);
    }
  });
});

it('a proof that cannot be parsed does not hide one that says no', () => {
  writeFileSync(stored.canary!.file.replace('.json', '-later.json'), '{');
  expect(stack.codes()).toEqual([]);
  const measuredAt = new Date(stack.now).toISOString();
  stack.store('preflight', null, livePosture, {
    predicate: { passed: false, measuredAt, measurements: { checks: [{ name: 'health', passed: false }] } } as never,
  });
  expectRefused('preflight:failed');
});

it('a line of the ledger is never skipped, so that a halt behind it still counts', () => {
  stack.append(haltAt(stack.now));
  const lines = readFileSync(stack.files.ledger, 'utf8').trimEnd().split('\n');
  writeFileSync(stack.files.ledger, `${[lines[0], lines[1]!.slice(0, -1)].join('\n')}\n`);
  expectRefused('ledger_unreadable');
  writeFileSync(stack.files.ledger, `${lines.join('\n')}\n`);
  expectRefused('halt_open');
});

it('garbage behind the ledger refuses; a line without its end was never acknowledged', () => {
  appendFileSync(stack.files.ledger, '{"kind":"ha');
  expect(stack.codes()).toEqual([]);
  appendFileSync(stack.files.ledger, '\n');
  expectRefused('ledger_unreadable');
});

it('a trust root that is no JSON, properly signed, is refused', () => {
  writeFileSync(stack.files.trustRoot, signAny('{"version":', stack.trust.signers.approver, trustRootType));
  expectRefused('malformed', 'malformed');
});
