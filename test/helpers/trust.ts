import { generateSigner, publicKeyText, type Signer } from '../../evidence/keys';
import { defaultsFor, type TrustTerms } from '../../evidence/trust-root';
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
    threshold: signers[role].length,
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
