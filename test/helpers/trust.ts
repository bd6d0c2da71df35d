import { generateSigner, publicKeyText, type Signer } from '../../evidence/keys';
import { defaultsFor, formatTrustRoot, type TrustTerms } from '../../evidence/trust-root';
import { type Entry, genesisEntry, hashOf } from '../../ledger/entry';
import type { Role, TrustRoot } from '../../posture/proof';

/** A trust root with the private keys of its roles, and the first entry of its ledger. */
export interface Trust {
  readonly root: TrustRoot;
  readonly genesis: Entry;
  readonly signers: Readonly<Record<Role, readonly Signer[]>>;
}

/** When the tests' ledgers begin. */
export const startTime = Date.parse('2026-01-02T03:04:05Z');

/** New keys with a trust root for them: one key a role, and a threshold of all of them, unless told otherwise. */
export function makeTrust(
  options: {
    keys?: Partial<Record<Role, number>>;
    thresholds?: Partial<Record<Role, number>>;
    account?: string;
    venue?: string;
    drill?: boolean;
    now?: number;
    caps?: Partial<TrustRoot['caps']>;
    /** Makes each key, for tests that repeat to the byte. */
    signer?: (name: string) => Signer;
  } = {},
): Trust {
  const signer = options.signer ?? generateSigner;
  const make = (role: Role) =>
    Array.from({ length: options.keys?.[role] ?? 1 }, (_, index) => signer(`${role} ${index}`));
  const signers = { guardian: make('guardian'), measure: make('measure'), approver: make('approver') };
  const roleOf = (role: Role) => ({
    keys: Object.fromEntries(signers[role].map((signer) => [signer.keyId, publicKeyText(signer)])),
    threshold: options.thresholds?.[role] ?? signers[role].length,
  });
  const defaults = defaultsFor(options.venue ?? 'simulated');
  const terms: TrustTerms = {
    version: 1,
    stack: 'main',
    account: { venue: options.venue ?? 'simulated', id: options.account ?? 'simulated-1' },
    roles: { guardian: roleOf('guardian'), measure: roleOf('measure'), approver: roleOf('approver') },
    ...defaults,
    caps: { ...defaults.caps, ...options.caps },
  };
  const genesis = genesisEntry(terms, { drill: options.drill ?? false, now: options.now ?? startTime });
  return { root: { ...terms, genesis: hashOf(genesis) }, genesis, signers };
}

/** The trust root that follows, with new keys for some roles, and its envelope, signed by the approvers of both. */
export function nextTrust(
  before: Trust,
  roles: readonly Role[],
  options: { change?: (root: TrustRoot) => TrustRoot; by?: readonly Signer[] } = {},
): { trust: Trust; envelope: string } {
  const renew = (role: Role) =>
    roles.includes(role) ? before.signers[role].map(generateSigner) : before.signers[role];
  const signers = { guardian: renew('guardian'), measure: renew('measure'), approver: renew('approver') };
  const keysOf = (role: Role) => ({
    ...before.root.roles[role],
    keys: Object.fromEntries(signers[role].map((signer) => [signer.keyId, publicKeyText(signer)])),
  });
  const next = {
    ...before.root,
    version: before.root.version + 1,
    roles: { guardian: keysOf('guardian'), measure: keysOf('measure'), approver: keysOf('approver') },
  };
  const root = options.change?.(next) ?? next;
  const by = options.by ?? [...new Set([...before.signers.approver, ...signers.approver])];
  return { trust: { root, genesis: before.genesis, signers }, envelope: formatTrustRoot(root, by) };
}
