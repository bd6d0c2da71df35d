import { z } from 'zod';
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
import { type Envelope, parseEnvelope, parseJson, signedBy } from './dsse';
import { EvidenceError } from './errors';
import { canPass, measurementsOf } from './measurements';
import { kindOf, payloadType, predicateForm, statementForm, statementType } from './statement';
import { keysOf } from './trust-root';

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
      keyIds: [...new Set(Object.values(signers).flatMap((ids) => [...ids]))].sort(),
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

type Signers = Readonly<Record<Role, ReadonlySet<string>>>;

function requireKnownSigner(envelope: Envelope, trustRoot: TrustRoot): Signers {
  if (envelope.signatures.length === 0) throw new EvidenceError('unsigned', 'it has no signature');
  const signers: Signers = {
    guardian: signedBy(envelope, keysOf(trustRoot, 'guardian')),
    measure: signedBy(envelope, keysOf(trustRoot, 'measure')),
    approver: signedBy(envelope, keysOf(trustRoot, 'approver')),
  };
  if (Object.values(signers).some((ids) => ids.size > 0)) return signers;
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

function requireRole(kind: EvidenceKind, signers: Signers, trustRoot: TrustRoot): void {
  const role = signerOf[kind];
  const { threshold } = trustRoot.roles[role];
  const { size } = signers[role];
  if (size >= threshold) return;
  if (size === 0) {
    const signed = (Object.keys(signers) as Role[]).filter((other) => signers[other].size > 0).join(', ');
    throw new EvidenceError('wrong_role', `${kind}: expected a key of the role ${role}, signed by ${signed}`);
  }
  throw new EvidenceError(
    'threshold',
    `${kind}: expected signatures of ${threshold} keys of the role ${role}, found ${size}`,
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
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EvidenceError('malformed', `${what}: ${z.prettifyError(parsed.error).slice(0, 2000)}`);
}

const digestOfSubject = ({ digest }: { digest: { sha256: string } }): Digest => `sha256:${digest.sha256}`;

/** What `decide` needs to know of a kind beyond what all kinds say. */
function factsOf(kind: EvidenceKind, measurements: unknown): Partial<Evidence> {
  switch (kind) {
    case 'canary': {
      const { dataFrom, trainedUntil, margin } = measurementsOf.canary.parse(measurements);
      return {
        margin,
        dataFrom: Date.parse(dataFrom),
        ...(trainedUntil === null ? {} : { trainedUntil: Date.parse(trainedUntil) }),
      };
    }
    case 'watch':
    case 'soak': {
      const { sampledSeconds, realizedCloses } = measurementsOf[kind].parse(measurements);
      return { sampledSeconds, closes: realizedCloses };
    }
    case 'drill':
      return { drillAccount: measurementsOf.drill.parse(measurements).drillAccount };
    case 'approval': {
      const { transition, ledgerHead, evidence, expiresAt } = measurementsOf.approval.parse(measurements);
      return { approves: { transition, ledgerHead, evidence, expiresAt: Date.parse(expiresAt) } };
    }
    case 'preflight':
    case 'snapshot':
      return {};
  }
}
