import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { payloadType } from '../../evidence/statement';
import { trustRootType } from '../../evidence/trust-root';
import { entryType } from '../../ledger/entry';
import { exportLedger, exportType } from '../../ledger/export';
import { readLedger } from '../../ledger/ledger-file';
import { signerOf } from '../../posture/proof';
import { kindsToLive, ReadyStack, type Stored } from '../helpers/ready-stack';
import { signAny, statementOf } from '../helpers/sign-any';

// Attack 4: the payload type swapped. The same bytes under the same keys are only what they were signed as.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const others = [trustRootType, entryType, exportType, 'application/json', 'text/plain', `${payloadType} `, 'x'];

it.each(kindsToLive)('a %s under another type is refused, whether that was signed or not', (kind) => {
  const { envelope, file } = stored[kind]!;
  for (const type of others) {
    writeFileSync(file, JSON.stringify({ ...JSON.parse(envelope), payloadType: type }));
    expect(stack.codes(), type).toEqual([`${kind}:wrong_payload_type`]);
    stack.replace(stored[kind]!, (statement) => statement, type);
    expect(stack.codes(), type).toEqual([`${kind}:wrong_payload_type`]);
  }
});

it.each(kindsToLive)('a %s that was signed as something else and is relabelled is refused', (kind) => {
  const { envelope, file } = stored[kind]!;
  for (const type of others) {
    const signed = signAny(statementOf(envelope), stack.trust.signers[signerOf[kind]], type);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(signed), payloadType }));
    expect(stack.codes(), type).toEqual([`${kind}:bad_signature`]);
  }
});

it('neither the trust root nor a copy of the ledger, which other keys of ours signed, is evidence', () => {
  const chain = readLedger(stack.files.ledger, stack.trust.root);
  const copy = exportLedger(chain, { now: stack.now, lastRenewal: null }, stack.trust.signers.guardian);
  for (const text of [copy, readFileSync(stack.files.trustRoot, 'utf8')]) {
    writeFileSync(stored.canary!.file, text);
    expect(stack.codes()).toEqual(['canary:wrong_payload_type']);
  }
});

it('a trust root under another type is refused', () => {
  const document = JSON.parse(readFileSync(stack.files.trustRoot, 'utf8'));
  writeFileSync(stack.files.trustRoot, JSON.stringify({ ...document, payloadType }));
  expect(stack.codes()).toContain('wrong_payload_type');
});

it("a ledger entry with an evidence's signature is refused", () => {
  const { signatures } = JSON.parse(signAny({}, stack.trust.signers.guardian));
  const chain = readLedger(stack.files.ledger, stack.trust.root);
  const { seq, head } = chain.head;
  const body = { haltedAt: stack.now, reason: 'error rate', by: 'guardian' };
  const entry = { seq: seq + 1, prev: head, time: stack.now, kind: 'halt' as const, body, signatures };
  expect(() => chain.add(entry)).toThrow(expect.objectContaining({ code: 'bad_signature' }));
});
