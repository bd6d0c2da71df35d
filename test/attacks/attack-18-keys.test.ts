import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner, publicKeyText } from '../../evidence/keys';
import { formatTrustRoot } from '../../evidence/trust-root';
import { readLedger } from '../../ledger/ledger-file';
import type { EvidenceKind, TrustRoot } from '../../posture/proof';
import { livePosture, ReadyStack } from '../helpers/ready-stack';

// Attack 18: evidence by a key that was revoked, that nobody knows, or that was added by whoever holds it.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

const kinds = ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const satisfies EvidenceKind[];

describe.each(kinds)('the %s', (kind) => {
  it('does not count by a key that nobody knows', () => {
    stack.prove(null, undefined, { [kind]: { signers: [generateSigner()] } });
    expect(stack.codes()).toEqual([`${kind}:unknown_key`]);
  });

  it('counts no more once its key was rotated out', () => {
    stack.prove();
    expect(stack.codes()).toEqual([]);
    stack.rotate([kind === 'approval' ? 'approver' : 'measure']);
    expect(stack.codes()).toContain(`${kind}:unknown_key`);
    // With the new keys all of it can be proved again.
    stack.wait(1);
    stack.prove();
    expect(stack.codes()).toEqual([]);
  });
});

describe('a key that adds itself', () => {
  const intruder = generateSigner();
  const withIntruder = (root: TrustRoot): TrustRoot => ({
    ...root,
    roles: {
      ...root.roles,
      measure: {
        ...root.roles.measure,
        keys: { ...root.roles.measure.keys, [intruder.keyId]: publicKeyText(intruder) },
      },
    },
  });

  it('to the pinned trust root, without the approvers: refused, and falls go on', () => {
    stack.prove(null, undefined, { preflight: { signers: [intruder] } });
    writeFileSync(stack.files.trustRoot, formatTrustRoot(withIntruder(stack.trust.root), [intruder]));
    expect(stack.codes()).toContain('threshold');
    expect(stack.decide({ ...livePosture, tradingMode: 'paper' }).verdict).toBe('allow');
  });

  it('with approvers of its own, in the place of the pinned one: the ledger was made for another', () => {
    const forged = {
      ...withIntruder(stack.trust.root),
      roles: {
        ...stack.trust.root.roles,
        approver: { keys: { [intruder.keyId]: publicKeyText(intruder) }, threshold: 1 },
      },
    };
    writeFileSync(stack.files.trustRoot, formatTrustRoot(forged, [intruder]));
    expect(stack.codes()).toContain('ledger_unreadable');
  });

  it('as the next trust root, in the place of the pinned one', () => {
    const next = { ...withIntruder(stack.trust.root), version: 2 };
    writeFileSync(stack.files.trustRoot, formatTrustRoot(next, stack.trust.signers.approver));
    expect(stack.codes()).toContain('trust_root_not_pinned');
  });

  it.each<[string, string, () => string]>([
    ['unsigned', 'threshold', () => formatTrustRoot({ ...withIntruder(stack.trust.root), version: 2 }, [])],
    [
      'signed by itself',
      'threshold',
      () => formatTrustRoot({ ...withIntruder(stack.trust.root), version: 2 }, [intruder]),
    ],
    [
      'as the same version again',
      'trust_root_not_next',
      () => formatTrustRoot(withIntruder(stack.trust.root), stack.trust.signers.approver),
    ],
  ])('as an entry of the ledger, %s: refused by name', (_, code, make) => {
    stack.prove();
    expect(() => stack.append({ kind: 'rotation', body: { trustRoot: make() } }, [])).toThrow(
      expect.objectContaining({ code }),
    );
    expect(stack.codes()).toEqual([]);
  });

  it('is a key like others once the approvers have signed for it', () => {
    stack.rotate([], { change: withIntruder });
    stack.prove(null, undefined, { preflight: { signers: [intruder] } });
    expect(stack.codes()).toEqual([]);
  });
});

describe('an older trust root put back', () => {
  it('by a copy of the ledger without the rotation: the head that was seen is missing', () => {
    const copy = readFileSync(stack.files.ledger);
    stack.rotate(['measure']);
    // The gateway asks for the head that it has seen in every permit.
    const seen = readLedger(stack.files.ledger, stack.trust.root).head;
    writeFileSync(stack.files.ledger, copy);
    const chain = readLedger(stack.files.ledger, stack.trust.root);
    expect(() => chain.digestsAfter(seen)).toThrow(expect.objectContaining({ code: 'truncated' }));
  });
});
