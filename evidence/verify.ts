import type { z } from 'zod';
import { messageOf } from '../errors';
import { type Digest, digestBytes } from '../posture/digest';
import {
  type Evidence,
  type EvidenceKind,
  type RejectedEvidence,
  type Role,
  signerOf,
  type TrustRoot,
} from '../posture/proof';
import { checkForm } from './check-form';
import { type Envelope, parseEnvelope, parseJson, signedBy } from './dsse';
import { EvidenceError } from './errors';
import { canPass, type measurementsOf } from './measurements';
import { kindOf, payloadType, predicateForm, statementForm, statementType } from './statement';
import { keysByRole } from './trust-root';

/**
 * Verifies one evidence. Whether it proves anything for a transition is for `decide` to say; what comes back from here
 * was said by keys of the role whose word it is, in the form that its kind has. Never throws: whatever goes wrong is
 * a rejection.
 * @param name to show, such as the file's
 */
export function verifyEvidence(bytes: Uint8Array, name: string, trustRoot: TrustRoot): Evidence | RejectedEvidence {
  try {
    const envelope = parseEnvelope(bytes, payloadType);
    // Nothing of the payload is looked at before a key of ours has signed it.
    const signers = requireKnownSigner(envelope, trustRoot);
    const statement = parseStatement(envelope);
    const kind = requireKnownKind(statement.predicateType);
    requireRole(kind, signers, trustRoot);
    const predicate = parsePredicate(kind, statement.predicate);
    requireConsistent(kind, predicate);
    return {
      kind,
      digest: digestBytes(envelope.payload),
      name,
      keyIds: [...signers].sort(),
      measured: digestOfSubject(statement.subject[0]),
      target: digestOfSubject(statement.subject[1]),
      stack: predicate.stack,
      account: predicate.account,
      passed: predicate.passed,
      measuredAt: Date.parse(predicate.measuredAt),
      feed: predicate.feed,
      timeScale: predicate.timeScale,
      ...factsOf(kind, predicate.measurements),
    };
  } catch (error) {
    const code = error instanceof EvidenceError ? error.code : 'unverifiable';
    return { name, code, reason: messageOf(error) };
  }
}

/** Whether a verification's result counts. */
export function isEvidence(result: Evidence | RejectedEvidence): result is Evidence {
  return 'kind' in result;
}

/** The ids of the trust root's keys that signed it, of whatever role. */
function requireKnownSigner(envelope: Envelope, trustRoot: TrustRoot): ReadonlySet<string> {
  if (envelope.signatures.length === 0) throw new EvidenceError('unsigned', 'it has no signature');
  const signers = signedBy(envelope, keysByRole(trustRoot).all);
  if (signers.size > 0) return signers;
  // The ids decide nothing, but they tell two mistakes apart for the reader.
  const known = Object.values(trustRoot.roles).flatMap(({ keys }) => Object.keys(keys));
  if (envelope.signatures.some(({ keyid }) => keyid !== undefined && known.includes(keyid))) {
    throw new EvidenceError('bad_signature', 'its signature does not belong to its content');
  }
  throw new EvidenceError('unknown_key', 'no key of the trust root signed it');
}

function parseStatement(envelope: Envelope): z.output<typeof statementForm> {
  const value = parseJson(envelope.payload, 'the statement');
  const type = (value as { _type?: unknown } | null)?._type;
  if (type !== statementType) {
    const found = JSON.stringify(type)?.slice(0, 100) ?? 'none';
    throw new EvidenceError('unknown_statement', `expected the statement type ${statementType}, found ${found}`);
  }
  return parseWith(statementForm, value, 'the statement');
}

function requireKnownKind(predicateType: string): EvidenceKind {
  const kind = kindOf(predicateType);
  if (kind !== undefined) return kind;
  const found = JSON.stringify(predicateType.slice(0, 100));
  throw new EvidenceError('unknown_predicate', `expected the predicate type of a kind of evidence, found ${found}`);
}

function requireRole(kind: EvidenceKind, signers: ReadonlySet<string>, trustRoot: TrustRoot): void {
  const role = signerOf[kind];
  const { threshold } = trustRoot.roles[role];
  const keys = keysByRole(trustRoot);
  const signed = (by: Role) => [...signers].filter((id) => keys[by].has(id)).length;
  const count = signed(role);
  if (count >= threshold) return;
  if (count === 0) {
    const others = (['guardian', 'measure', 'approver'] as const).filter((other) => signed(other) > 0).join(', ');
    throw new EvidenceError('wrong_role', `${kind}: expected a key of the role ${role}, signed by ${others}`);
  }
  throw new EvidenceError(
    'threshold',
    `${kind}: expected signatures of ${threshold} keys of the role ${role}, found ${count}`,
  );
}

function parsePredicate(kind: EvidenceKind, value: unknown) {
  return parseWith(predicateForm(kind), value, `the ${kind}`);
}

function requireConsistent(kind: EvidenceKind, predicate: ReturnType<typeof parsePredicate>): void {
  if (!predicate.passed || canPass(kind, predicate.measurements as never)) return;
  throw new EvidenceError('inconsistent', `the ${kind} says that it passed, but its measurements did not`);
}

function parseWith<T extends z.ZodType>(form: T, value: unknown, what: string): z.output<T> {
  const checked = checkForm(form, value);
  if ('data' in checked) return checked.data;
  throw new EvidenceError('malformed', `${what}: ${checked.wrong.slice(0, 2000)}`);
}

const digestOfSubject = ({ digest }: { digest: { sha256: string } }): Digest => `sha256:${digest.sha256}`;

type Measured<K extends EvidenceKind> = z.output<(typeof measurementsOf)[K]>;

/** What `decide` needs to know of a kind beyond what all kinds say. @param measurements in the form of that kind */
function factsOf(kind: EvidenceKind, measurements: unknown): Partial<Evidence> {
  switch (kind) {
    case 'canary': {
      const { dataFrom, trainedUntil, margin } = measurements as Measured<'canary'>;
      return {
        margin,
        dataFrom: Date.parse(dataFrom),
        ...(trainedUntil === null ? {} : { trainedUntil: Date.parse(trainedUntil) }),
      };
    }
    case 'watch':
    case 'soak': {
      const { sampledSeconds, realizedCloses } = measurements as Measured<'watch' | 'soak'>;
      return { sampledSeconds, closes: realizedCloses };
    }
    case 'drill':
      return { drillAccount: (measurements as Measured<'drill'>).drillAccount };
    case 'approval': {
      const { transition, ledgerHead, evidence, expiresAt } = measurements as Measured<'approval'>;
      return { approves: { transition, ledgerHead, evidence, expiresAt: Date.parse(expiresAt) } };
    }
    case 'preflight':
    case 'snapshot':
      return {};
  }
}
