import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner } from '../../evidence/keys';
import { coSignEvidence } from '../../evidence/sign';
import { storeCoSigned } from '../../evidence/store';
import { hashOf, signEntry } from '../../ledger/entry';
import { readLedger } from '../../ledger/ledger-file';
import { ed25519Verifier, signTogether } from '../../protocol/ed25519';
import { bytesOf } from '../../protocol/messages';
import { incidentOf } from '../helpers/ledger';
import { ReadyStack } from '../helpers/ready-stack';
import { makeTrust, nextTrust } from '../helpers/trust';

// Attack 6: one key twice for a threshold of two, and a spoofed key id. Two approvers and two who measure have to sign.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack(makeTrust({ keys: { measure: 2, approver: 2 } }));
});
afterEach(() => stack.destroy());

/** Writes an envelope's signatures anew. */
function resign(file: string, change: (signatures: { keyid: string; sig: string }[]) => object[]): void {
  const { signatures, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...rest, signatures: change(signatures) }));
}

describe.each(['preflight', 'canary', 'drill', 'approval'] as const)('the %s', (kind) => {
  it('counts with two keys', () => {
    stack.prove();
    expect(stack.codes()).toEqual([]);
  });

  it.each<[string, string, (signatures: { keyid: string; sig: string }[]) => object[]]>([
    ['one key alone', 'threshold', ([one]) => [one!]],
    ['one signature twice', 'threshold', ([one]) => [one!, one!]],
    [
      "one signature twice, the second under the other key's id",
      'threshold',
      ([one, two]) => [one!, { ...one!, keyid: two!.keyid }],
    ],
    [
      "one signature beside a stranger's that says it is the other key's",
      'threshold',
      ([one, two]) => [one!, { sig: Buffer.alloc(64, 7).toString('base64'), keyid: two!.keyid }],
    ],
  ])('is refused with %s', (_, code, change) => {
    const stored = stack.prove();
    resign(stored[kind]!.file, change);
    expect(stack.codes()).toContain(`${kind}:${code}`);
  });

  it('counts whatever ids its two signatures claim', () => {
    const stored = stack.prove();
    resign(stored[kind]!.file, (signatures) => signatures.map(({ sig }) => ({ keyid: 'spoofed', sig })));
    expect(stack.codes()).toEqual([]);
  });
});

describe('an approval that the second approver co-signs', () => {
  it('counts from then on, and not when the first one signs again', () => {
    const [first, second] = stack.trust.signers.approver;
    const { approval } = stack.prove(null, undefined, { approval: { signers: [first!] } });
    expect(stack.codes()).toEqual(['approval:threshold']);
    const bytes = readFileSync(approval!.file);
    expect(() => coSignEvidence(bytes, first!)).toThrow(expect.objectContaining({ code: 'threshold' }));
    const { envelope, signatures } = coSignEvidence(bytes, second!);
    const file = storeCoSigned(approval!.file, envelope, signatures);
    expect(path.basename(file)).toMatch(/^approval-.*-signed-2\.json$/);
    expect(stack.codes()).toEqual([]);
    // What it was before is still there, as it was.
    expect(readFileSync(approval!.file)).toEqual(bytes);
  });

  it('is no approval of a stranger', () => {
    const [first] = stack.trust.signers.approver;
    const { approval } = stack.prove(null, undefined, { approval: { signers: [first!] } });
    const { envelope, signatures } = coSignEvidence(readFileSync(approval!.file), generateSigner());
    storeCoSigned(approval!.file, envelope, signatures);
    expect(stack.codes()).toEqual(['approval:threshold']);
  });
});

describe('the next trust root', () => {
  const refused = (by: readonly ReturnType<typeof generateSigner>[]) => {
    const { envelope } = nextTrust(stack.trust, ['measure'], { by });
    const before = readFileSync(stack.files.ledger);
    expect(() => stack.append({ kind: 'rotation', body: { trustRoot: envelope } }, [])).toThrow(
      expect.objectContaining({ code: 'threshold' }),
    );
    expect(readFileSync(stack.files.ledger)).toEqual(before);
  };

  it('is taken up with two of the old approvers, and refused with one, or one twice', () => {
    const [first] = stack.trust.signers.approver;
    refused([first!]);
    refused([first!, first!]);
    stack.rotate(['measure']);
    expect(stack.grounds().trustRoot).toEqual(stack.inForce.root);
  });
});

describe('the close of an incident', () => {
  const close = (by: readonly ReturnType<typeof generateSigner>[]) => {
    const chain = readLedger(stack.files.ledger, stack.trust.root);
    return signEntry(incidentOf(chain.hashAt(1)), chain.head, stack.now, by);
  };
  beforeEach(() => stack.append({ kind: 'halt', body: { haltedAt: stack.now, reason: 'test', by: 'me' } }));

  it('counts in the ledger with two approvers, not with one, one twice, or under a spoofed id', () => {
    const [first, second] = stack.trust.signers.approver;
    const chain = () => readLedger(stack.files.ledger, stack.trust.root);
    const spoofed = close([first!, first!]);
    const entries = [
      close([first!]),
      spoofed,
      {
        ...spoofed,
        signatures: spoofed.signatures.map((one, index) => (index ? { ...one, keyid: second!.keyId } : one)),
      },
    ];
    for (const entry of entries)
      expect(() => chain().add(entry)).toThrow(expect.objectContaining({ code: 'bad_signature' }));
    const good = chain();
    good.add(close([first!, second!]));
    expect(good.openHalts).toEqual([]);
    expect(good.head.head).toBe(hashOf(good.entries.at(-1)!));
  });

  it("opens the gateway's latch with two approvers, and with one, or one twice, not", () => {
    const [first, second] = stack.trust.signers.approver;
    const { roles, account, genesis } = stack.trust.root;
    const keys = { guardian: Object.values(roles.guardian.keys), approver: Object.values(roles.approver.keys) };
    const { approver } = ed25519Verifier(keys, roles.approver.threshold);
    const bytes = bytesOf('close', { account, stack: 'main', genesis, halts: ['a'] });
    const sign = (...by: (typeof first)[]) =>
      signTogether(
        by.map((one) => one!.privateKey),
        bytes,
      );
    expect(approver(bytes, sign(first, second))).toBe(true);
    for (const by of [[first], [first, first], [first, generateSigner()]])
      expect(approver(bytes, sign(...by))).toBe(false);
    expect(approver(bytesOf('close', { account, stack: 'main', genesis, halts: ['b'] }), sign(first, second))).toBe(
      false,
    );
  });
});
