import { z } from 'zod';
import type { EvidenceKind } from '../posture/proof';
import { account, digest, name, time } from './forms';
import { measurementsOf } from './measurements';

export const payloadType = 'application/vnd.in-toto+json';
export const statementType = 'https://in-toto.io/Statement/v1';

/** The two subjects of a statement: the posture that was measured, and the one that the evidence is for. */
export const subjectNames = { measured: 'posture/measured', target: 'posture/target' } as const;

export const predicateTypeOf = (kind: EvidenceKind) => `https://cutover.dev/evidence/${kind}/v1`;

/** The kind that a predicate type names, if it is exactly one of ours. */
export function kindOf(predicateType: string): EvidenceKind | undefined {
  const kinds = Object.keys(measurementsOf) as EvidenceKind[];
  return kinds.find((kind) => predicateTypeOf(kind) === predicateType);
}

// SHA-256 and nothing beside it: a second algorithm would let two verifiers look at two different digests.
const subject = <T extends string>(subjectName: T) =>
  z.strictObject({
    name: z.literal(subjectName),
    digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits') }),
  });

/** The envelope's payload before its kind is known. */
export const statementForm = z.strictObject({
  _type: z.string(),
  subject: z.tuple([subject(subjectNames.measured), subject(subjectNames.target)]),
  predicateType: z.string(),
  predicate: z.record(z.string(), z.unknown()),
});

const commonForm = z.strictObject({
  stack: name,
  account,
  measuredAt: time,
  feed: z.enum(['embedded', 'recorded', 'venue']),
  timeScale: z.number().positive(),
  tool: z.strictObject({ name, version: name }),
  /** Digest of the raw data that it was measured from; null where the measurements are all there is. */
  rawData: digest.nullable(),
  passed: z.boolean(),
});

export type Common = z.infer<typeof commonForm>;
export type Measurements<K extends EvidenceKind> = z.input<(typeof measurementsOf)[K]>;

/** What one evidence of a kind says. */
export type Predicate<K extends EvidenceKind = EvidenceKind> = Common & { readonly measurements: Measurements<K> };

type PredicateForm = z.ZodType<Common & { readonly measurements: unknown }>;

// Made once: making one costs more than a signature's verification.
const predicateForms = Object.fromEntries(
  Object.entries(measurementsOf).map(([kind, measurements]) => [kind, commonForm.extend({ measurements })]),
) as unknown as Record<EvidenceKind, PredicateForm>;

/** The form of a kind's predicate. */
export function predicateForm(kind: EvidenceKind): PredicateForm {
  return predicateForms[kind];
}
