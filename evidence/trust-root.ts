import type { KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { type Digest, digestOf } from '../posture/digest';
import type { Role, TrustRoot } from '../posture/proof';
import { readBoundedFile } from './bounded-file';
import { checkForm } from './check-form';
import { formatEnvelope, maxEnvelopeBytes, parseEnvelope, parseJson, signedBy, signPayload } from './dsse';
import { EvidenceError } from './errors';
import { account, digest, name } from './forms';
import { keyIdOf, readPublicKey, type Signer } from './keys';

export const trustRootType = 'application/vnd.cutover.trust-root+json';

/** A trust root before its ledger exists: the ledger's first entry names it, and it then names that entry. */
export type TrustTerms = Omit<TrustRoot, 'genesis'>;

type Defaults = Pick<TrustRoot, 'caps' | 'freshSeconds' | 'sampleSeconds' | 'canaryMargin'>;

/**
 * What a trust root says unless its makers say otherwise. USD, fractions and seconds. The simulated venue's caps are
 * the shipped stack's limits, so that the whole way can be tried; elsewhere the first live posture is to be a small one.
 */
export function defaultsFor(venue: string): Defaults {
  return {
    caps:
      venue === 'simulated'
        ? { maxOrderUsd: 5_000, maxPositionUsd: 20_000, maxDrawdown: 0.1, maxOrdersPerMinute: 120 }
        : { maxOrderUsd: 100, maxPositionUsd: 200, maxDrawdown: 0.05, maxOrdersPerMinute: 6 },
    freshSeconds: {
      preflight: 30 * 60,
      snapshot: 60 * 60,
      canary: 24 * 60 * 60,
      // It is made before the soak, which may take an hour, and must still count after it.
      watch: 2 * 60 * 60,
      soak: 60 * 60,
      drill: 7 * 24 * 60 * 60,
      approval: 60 * 60,
    },
    sampleSeconds: { watch: 15 * 60, soak: 30 * 60 },
    canaryMargin: 0.001,
  };
}

const positive = z.number().positive();
const roleForm = z
  .strictObject({ keys: z.record(name, name), threshold: z.int().positive() })
  .superRefine(({ keys, threshold }, context) => {
    if (Object.keys(keys).length < threshold) {
      context.addIssue({ code: 'custom', path: ['threshold'], message: `expected at least ${threshold} keys` });
    }
    for (const [id, key] of Object.entries(keys)) {
      if (idOf(key) === id) continue;
      context.addIssue({ code: 'custom', path: ['keys', id], message: 'expected the Ed25519 key that has this id' });
    }
  });

const trustRootForm = z
  .strictObject({
    version: z.int().positive(),
    stack: name,
    account,
    genesis: digest,
    roles: z.strictObject({ guardian: roleForm, measure: roleForm, approver: roleForm }),
    caps: z.strictObject({
      maxOrderUsd: positive,
      maxPositionUsd: positive,
      maxDrawdown: positive.max(1),
      maxOrdersPerMinute: positive,
    }),
    freshSeconds: z.strictObject({
      preflight: positive,
      snapshot: positive,
      canary: positive,
      watch: positive,
      soak: positive,
      drill: positive,
      approval: positive,
    }),
    sampleSeconds: z.strictObject({ watch: positive, soak: positive }),
    canaryMargin: z.number().min(0).max(1),
    rollbackWindowSeconds: z.int().min(0).max(86_400).exactOptional(),
  })
  .superRefine(({ roles }, context) => {
    // Permits are signed within the second, by whoever holds the one key: of two nobody would ever sign in time.
    if (roles.guardian.threshold > 1) {
      const message = 'expected 1: the guardian signs online, with one key';
      context.addIssue({ code: 'custom', path: ['roles', 'guardian', 'threshold'], message });
    }
    // Who measures, who approves and who grants must be able to disagree.
    const ids = Object.values(roles).flatMap(({ keys }) => Object.keys(keys));
    for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
      context.addIssue({ code: 'custom', path: ['roles'], message: `key ${id} has more than one role` });
    }
  });

/** The digest that names a trust root. */
export function digestTrustRoot(root: TrustRoot): Digest {
  return digestOf(root);
}

/** The digest of a trust root without its ledger's genesis: what that genesis names. */
export function digestTerms({ genesis: _, ...terms }: TrustTerms & { readonly genesis?: Digest }): Digest {
  return digestOf(terms);
}

type Keys = ReadonlyMap<string, KeyObject>;
/** The keys of each role, and of all of them. */
type KeysByRole = Readonly<Record<Role | 'all', Keys>>;

const known = new WeakMap<TrustRoot, KeysByRole>();

/** The public keys of every role, by id. Read once of each trust root, since one verifies many signatures. */
export function keysByRole(root: TrustRoot): KeysByRole {
  const found = known.get(root);
  if (found) return found;
  const { guardian, measure, approver } = root.roles;
  const read = ({ keys }: TrustRoot['roles'][Role]): Keys =>
    new Map(Object.entries(keys).map(([id, key]) => [id, readPublicKey(key)]));
  const roles = { guardian: read(guardian), measure: read(measure), approver: read(approver) };
  const made = { ...roles, all: new Map([...roles.guardian, ...roles.measure, ...roles.approver]) };
  known.set(root, made);
  return made;
}

/** The public keys of a role, by id. */
export function keysOf(root: TrustRoot, role: Role): Keys {
  return keysByRole(root)[role];
}

/** Checks a trust root's form. @throws EvidenceError `trust_root_malformed` that names everything wrong */
export function parseTrustRoot(value: unknown): TrustRoot {
  const checked = checkForm(trustRootForm, value);
  if ('data' in checked) return checked.data;
  throw new EvidenceError('trust_root_malformed', 'the trust root is not valid', {
    details: checked.wrong.split('\n'),
  });
}

/** A trust root's file, signed by approvers. @throws EvidenceError `trust_root_malformed` */
export function formatTrustRoot(root: TrustRoot, approvers: readonly Signer[]): string {
  const payload = Buffer.from(canonicalize(parseTrustRoot(root)) as string);
  const signatures = signPayload({ payloadType: trustRootType, payload }, approvers);
  return formatEnvelope({ payloadType: trustRootType, payload, signatures });
}

/**
 * Reads a trust root's file. Its own approvers must have signed it; that it is the right one, only `pinned` can say.
 * @param pinned the digest of the trust root that was pinned, where one was
 * @throws EvidenceError `trust_root_missing`, `trust_root_malformed`, `trust_root_not_pinned`, `threshold`, or a code
 * of `parseEnvelope`
 */
export function loadTrustRoot(file: string, pinned?: Digest): TrustRoot {
  let bytes: Uint8Array;
  try {
    bytes = readBoundedFile(file, maxEnvelopeBytes);
  } catch (cause) {
    throw new EvidenceError('trust_root_missing', `the trust root ${file} cannot be read`, {
      cause,
      details: ['a new stack gets one by: cutover keys init'],
    });
  }
  const root = naming(file, () => verifyTrustRoot(bytes));
  if (pinned !== undefined && digestTrustRoot(root) !== pinned) {
    throw new EvidenceError('trust_root_not_pinned', `${file}: expected the trust root ${pinned} that was pinned`, {
      details: [`found ${digestTrustRoot(root)}`],
    });
  }
  return root;
}

/** Says in which file something is wrong. @throws EvidenceError of the same code */
export function naming<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new EvidenceError(error.code, `${where}: ${error.message}`, { cause: error, details: [...error.details] });
  }
}

/** Verifies a trust root by its own approvers' signatures. @throws EvidenceError as `loadTrustRoot` */
export function verifyTrustRoot(bytes: Uint8Array): TrustRoot {
  const envelope = parseEnvelope(bytes, trustRootType);
  const root = parseTrustRoot(parseJson(envelope.payload, 'the trust root'));
  requireApprovers(envelope, root, 'its own approvers');
  return root;
}

/**
 * Verifies the trust root that follows another: one version on, for the same stack, account and ledger, signed by the
 * approvers of both.
 * @throws EvidenceError `trust_root_not_next`, `threshold`, or as `verifyTrustRoot`
 */
export function verifyNextTrustRoot(bytes: Uint8Array, previous: TrustRoot): TrustRoot {
  const root = verifyTrustRoot(bytes);
  const same = (pick: (of: TrustRoot) => unknown) => digestOf(pick(root)) === digestOf(pick(previous));
  const wrong = [
    ...(root.version === previous.version + 1
      ? []
      : [`version: expected ${previous.version + 1}, got ${root.version}`]),
    ...(['stack', 'account', 'genesis'] as const)
      .filter((name) => !same((of) => of[name]))
      .map((name) => `${name}: expected the one of version ${previous.version}`),
  ];
  if (wrong.length > 0) {
    throw new EvidenceError('trust_root_not_next', 'the trust root does not follow the one in force', {
      details: wrong,
    });
  }
  requireApprovers(parseEnvelope(bytes, trustRootType), previous, `the approvers of version ${previous.version}`);
  return root;
}

function requireApprovers(envelope: ReturnType<typeof parseEnvelope>, root: TrustRoot, whose: string): void {
  const count = signedBy(envelope, keysOf(root, 'approver')).size;
  const { threshold } = root.roles.approver;
  if (count >= threshold) return;
  throw new EvidenceError(
    'threshold',
    `the trust root: expected signatures of ${threshold} of ${whose}, found ${count}`,
  );
}

function idOf(key: string): string | undefined {
  try {
    return keyIdOf(readPublicKey(key));
  } catch {
    return undefined;
  }
}
