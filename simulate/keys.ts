import { createPrivateKey, createPublicKey } from 'node:crypto';
import { keyIdOf, publicKeyText, type Signer } from '../evidence/keys';
import type { TrustTerms } from '../evidence/trust-root';
import { genesisEntry, hashOf } from '../ledger/entry';
import { digestBytes } from '../posture/digest';
import type { Role, TrustRoot } from '../posture/proof';
import type { Verifier } from '../protocol/messages';

// Messages have signatures that cost nothing and that only the holder of a key's name makes: the simulation is about
// the protocol, ed25519 has tests of its own.

export function signAs(key: string, bytes: string): string {
  return `${key} signs ${bytes}`;
}

/** An approver's, which is also written into the ledger, where a signature is short. */
export function signClose(bytes: string): string {
  return signAs('approver', digestBytes(bytes));
}

export const verifier: Verifier = {
  guardian: (bytes, signature) => signature === signAs('guardian', bytes),
  approver: (bytes, signature) => signature === signClose(bytes),
  instance: (key, bytes, signature) => signature === signAs(key, bytes),
};

// The ledger's entries are really signed, and verified by production's code: there are few of them. The keys come from
// their names, so that a seed replays to the byte.

const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 key that its name makes. */
export function signerNamed(name: string): Signer {
  const secret = Buffer.from(digestBytes(name).slice(-64), 'hex');
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, secret]), format: 'der', type: 'pkcs8' });
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
}

export const signers: Readonly<Record<Role, Signer>> = {
  guardian: signerNamed('guardian'),
  measure: signerNamed('measure'),
  approver: signerNamed('approver'),
};

const roleOf = (role: Role) => ({ keys: { [signers[role].keyId]: publicKeyText(signers[role]) }, threshold: 1 });

/** Evidence is fresh for less than a minute, and sampled on a fast clock: a history is over in little more. */
const terms: TrustTerms = {
  version: 1,
  stack: 'main',
  account: { venue: 'simulated', id: 'one' },
  roles: { guardian: roleOf('guardian'), measure: roleOf('measure'), approver: roleOf('approver') },
  caps: { maxOrderUsd: 100, maxPositionUsd: 250, maxDrawdown: 0.1, maxOrdersPerMinute: 30 },
  freshSeconds: { preflight: 30, snapshot: 35, canary: 50, watch: 35, soak: 35, drill: 60, approval: 35 },
  sampleSeconds: { watch: 900, soak: 1800 },
  canaryMargin: 0.001,
  rollbackWindowSeconds: 15,
};

/** Older than every clock of a history. */
const genesisTime = 1.69e12;
export const genesis = genesisEntry(terms, { drill: false, now: genesisTime });
export const trustRoot: TrustRoot = { ...terms, genesis: hashOf(genesis) };
