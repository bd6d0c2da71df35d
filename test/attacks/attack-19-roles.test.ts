import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicKeyText } from '../../evidence/keys';
import { formatTrustRoot, parseTrustRoot } from '../../evidence/trust-root';
import { exportLedger, verifyExport } from '../../ledger/export';
import { readLedger } from '../../ledger/ledger-file';
import { type Role, signerOf } from '../../posture/proof';
import { grantOf, haltAt, incidentOf } from '../helpers/ledger';
import {
  kindsToLive,
  type kindsToSecondAgent,
  livePosture,
  ReadyStack,
  type Stored,
  secondAgent,
} from '../helpers/ready-stack';
import { signAny, statementOf } from '../helpers/sign-any';

// Attack 19: a key of one role signs what is another role's word. Every key here is one of the trust root's own.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

const roles = ['guardian', 'measure', 'approver'] as const satisfies Role[];

describe('evidence', () => {
  /** The same statement, signed by another role. */
  function resign(stored: Stored, kind: (typeof kindsToLive | typeof kindsToSecondAgent)[number], role: Role): void {
    const { envelope, file } = stored[kind]!;
    writeFileSync(file, signAny(statementOf(envelope), stack.trust.signers[role]));
  }

  it.each(kindsToLive)('a %s counts by the key of its role and by no other', (kind) => {
    const stored = stack.proveAnew();
    for (const role of roles) {
      resign(stored, kind, role);
      expect(stack.codes(), role).toEqual(role === signerOf[kind] ? [] : [`${kind}:wrong_role`]);
    }
  });

  it.each(['watch', 'soak'] as const)('a %s counts by the key of its role and by no other', (kind) => {
    stack.standLive();
    const stored = stack.proveAnew(livePosture, secondAgent);
    for (const role of roles) {
      resign(stored, kind, role);
      expect(stack.codes(secondAgent), role).toEqual(role === signerOf[kind] ? [] : [`${kind}:wrong_role`]);
    }
  });

  it('who approves has signed nothing of what he approves, not even beside the right key', () => {
    const both = [...stack.trust.signers.measure, ...stack.trust.signers.approver];
    stack.proveAnew(null, livePosture, { canary: { signers: both } });
    expect(stack.codes()).toEqual(['approval:same_signer']);
  });

  it('who measured does not approve, not even beside the right key', () => {
    const both = [...stack.trust.signers.measure, ...stack.trust.signers.approver];
    stack.proveAnew(null, livePosture, { approval: { signers: both } });
    expect(stack.codes()).toEqual(['approval:same_signer']);
  });
});

describe('one key in two roles', () => {
  it.each([
    ['measure', 'approver'],
    ['measure', 'guardian'],
    ['guardian', 'approver'],
  ] as const)('a trust root with the same key for %s and %s is refused', (one, other) => {
    const { root } = stack.trust;
    expect(parseTrustRoot(root)).toEqual(root);
    const shared = { ...root, roles: { ...root.roles, [one]: root.roles[other] } };
    expect(() => parseTrustRoot(shared)).toThrow(expect.objectContaining({ code: 'trust_root_malformed' }));
    expect(() => formatTrustRoot(shared, stack.trust.signers.approver)).toThrow(
      expect.objectContaining({ code: 'trust_root_malformed' }),
    );
  });

  it('a key under the id of another one is refused', () => {
    const { root, signers } = stack.trust;
    const [measure] = signers.measure;
    const id = Object.keys(root.roles.approver.keys)[0]!;
    const approver = { keys: { [id]: publicKeyText(measure!) }, threshold: 1 };
    expect(id).not.toBe(measure!.keyId);
    expect(() => parseTrustRoot({ ...root, roles: { ...root.roles, approver } })).toThrow(
      expect.objectContaining({ code: 'trust_root_malformed' }),
    );
  });
});

describe('the ledger', () => {
  const refused = expect.objectContaining({ code: 'bad_signature' });

  it.each(roles)('a grant and a halt signed by the role %s', (role) => {
    for (const draft of [grantOf(), haltAt(stack.now)]) {
      const append = () => stack.append(draft, stack.trust.signers[role]);
      if (role === 'guardian') expect(append).not.toThrow();
      else expect(append).toThrow(refused);
    }
  });

  it.each(roles)('an incident closed by the role %s', (role) => {
    stack.append(haltAt(stack.now));
    const [halt] = readLedger(stack.files.ledger, stack.trust.root).openHalts;
    const close = () => stack.append(incidentOf(halt!.hash), stack.trust.signers[role]);
    if (role === 'approver') expect(close).not.toThrow();
    else expect(close).toThrow(refused);
  });

  it.each(roles)('a copy of it signed by the role %s', (role) => {
    const chain = readLedger(stack.files.ledger, stack.trust.root);
    const copy = exportLedger(chain, { now: stack.now, lastRenewal: null }, stack.trust.signers[role]);
    const verify = () => verifyExport(Buffer.from(copy), stack.trust.root, stack.now);
    if (role === 'guardian') expect(verify().view.seq).toBe(0);
    else expect(verify).toThrow(refused);
  });
});

it.each(roles)('a trust root signed by the role %s', (role) => {
  stack.proveAnew();
  writeFileSync(stack.files.trustRoot, formatTrustRoot(stack.trust.root, stack.trust.signers[role]));
  if (role === 'approver') expect(stack.codes()).toEqual([]);
  else expect(stack.codes()).toContain('threshold');
});
