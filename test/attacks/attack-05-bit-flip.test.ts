import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EvidenceKind } from '../../posture/proof';
import { ReadyStack, type Stored } from '../helpers/ready-stack';

// Attack 5: a bit flip, or a signature from another envelope.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const kinds = ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const satisfies EvidenceKind[];

/** Flips one bit of what base64 says. */
function flip(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  bytes[bytes.length >> 1]! ^= 1;
  return bytes.toString('base64');
}

it.each(kinds)('one bit of the %s, in what is signed or in the signature, is refused', (kind) => {
  const { envelope, file } = stored[kind]!;
  const { payload, signatures, ...rest } = JSON.parse(envelope);
  const [first] = signatures;
  const flipped = [
    { ...rest, payload: flip(payload), signatures },
    { ...rest, payload, signatures: [{ ...first, sig: flip(first.sig) }] },
  ];
  for (const document of flipped) {
    writeFileSync(file, JSON.stringify(document));
    expect(stack.codes()).toContain(`${kind}:bad_signature`);
  }
  writeFileSync(file, envelope);
  expect(stack.codes()).toEqual([]);
});

it('the signature of one evidence does not serve another', () => {
  const { preflight, canary } = stored;
  const { signatures } = JSON.parse(preflight!.envelope);
  writeFileSync(canary!.file, JSON.stringify({ ...JSON.parse(canary!.envelope), signatures }));
  expect(stack.codes()).toContain('canary:bad_signature');
});

it('one bit of the ledger is refused', () => {
  const bytes = readFileSync(stack.files.ledger);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(stack.files.ledger, bytes);
  expect(stack.codes()).toContain('ledger_unreadable');
});

it('one bit of the trust root is refused by name', () => {
  const document = JSON.parse(readFileSync(stack.files.trustRoot, 'utf8'));
  writeFileSync(stack.files.trustRoot, JSON.stringify({ ...document, payload: flip(document.payload) }));
  const codes = stack.codes();
  expect(codes).toContain('ledger_unreadable');
  expect(codes.some((code) => ['malformed', 'trust_root_malformed', 'threshold'].includes(code))).toBe(true);
});
