import path from 'node:path';
import type { z } from 'zod';
import { messageOf } from '../../../errors';
import { readBoundedFile } from '../../../evidence/bounded-file';
import { maxEnvelopeBytes, parseEnvelope } from '../../../evidence/dsse';
import type { measurementsOf } from '../../../evidence/measurements';
import { type Predicate, payloadType } from '../../../evidence/statement';
import type { Grounds } from '../../../ledger/grounds';
import { type Digest, digestBytes } from '../../../posture/digest';
import type { Evidence, EvidenceKind } from '../../../posture/proof';
import { countOf, showPercent, showSpan } from '../show';
import type { SignedCanary } from './canary';

type Measured<K extends EvidenceKind> = z.output<(typeof measurementsOf)[K]>;

/** One evidence of the stack, as it was verified when the page was made. */
export type EvidenceRow =
  | {
      readonly verified: true;
      readonly name: string;
      readonly kind: EvidenceKind;
      readonly digest: Digest;
      readonly measured: Digest;
      readonly passed: boolean;
      readonly measuredAt: number;
      readonly keyIds: readonly string[];
      readonly feed: string;
      readonly timeScale: number;
      /** Whether a grant has used it up. */
      readonly consumed: boolean;
      /** What its measurements come to, in words. */
      readonly summary: string;
    }
  | { readonly verified: false; readonly name: string; readonly code: string; readonly reason: string };

/** The evidence of a stack, verified now, the newest first, and the canaries among it. */
export interface EvidenceData {
  readonly rows: readonly EvidenceRow[];
  readonly canaries: readonly SignedCanary[];
}

/**
 * What the grounds of a decision say of each evidence, with what it measured. Never throws.
 * @param folder the stack's evidence
 * @param consumed what the ledger's grants have used up
 */
export function gatherEvidence(
  folder: string,
  { evidence, rejected }: Pick<Grounds, 'evidence' | 'rejected'>,
  consumed: ReadonlySet<Digest>,
): EvidenceData {
  const canaries: SignedCanary[] = [];
  const refused: EvidenceRow[] = rejected.map((one) => ({ verified: false, ...one }));
  const verified: EvidenceRow[] = [...evidence]
    .sort((one, other) => other.measuredAt - one.measuredAt)
    .map((one) => {
      const { name, kind, digest, measured, passed, measuredAt, keyIds, feed, timeScale } = one;
      try {
        const predicate = readPredicate(path.join(folder, name), one);
        if (kind === 'canary') canaries.push({ name, passed, measuredAt, predicate: predicate as Predicate<'canary'> });
        const facts = { name, kind, digest, measured, passed, measuredAt, keyIds, feed, timeScale };
        const summary = summarise(kind, predicate.measurements as never);
        return { verified: true, ...facts, consumed: consumed.has(digest), summary };
      } catch (error) {
        return { verified: false, name, code: 'changed', reason: messageOf(error) };
      }
    });
  return { rows: [...refused, ...verified], canaries };
}

/** The predicate of a file that was verified a moment ago. @throws Error where it is another file by now */
function readPredicate(file: string, { digest }: Evidence): Predicate {
  const { payload } = parseEnvelope(readBoundedFile(file, maxEnvelopeBytes), payloadType);
  if (digestBytes(payload) !== digest) throw new Error('it was replaced while the page was made');
  return JSON.parse(Buffer.from(payload).toString('utf8')).predicate;
}

const summaries: { readonly [K in EvidenceKind]: (measured: Measured<K>) => string } = {
  preflight: ({ checks }) => summariseChecks(checks, 'check'),
  snapshot: ({ files }) => countOf(files.length, 'file'),
  canary: ({ verdict, trades, mean, lower, upper, margin }) =>
    `${verdict} after ${countOf(trades, 'trade')}; mean ${showNullable(mean)}, bounds ${showNullable(lower)} to ${showNullable(upper)}, margin ${showPercent(margin)}`,
  watch: (measured) => summariseSampling(measured),
  soak: (measured) => summariseSampling(measured),
  drill: ({ steps, haltSeconds, boundSeconds }) =>
    `${summariseChecks(steps, 'step')}; halted within ${haltSeconds} s, at most ${boundSeconds} s allowed`,
  approval: ({ evidence, expiresAt, comment }) =>
    `approves ${countOf(evidence.length, 'proof')} until ${expiresAt}${comment ? `: ${comment}` : ''}`,
};

function summarise<K extends EvidenceKind>(kind: K, measured: Measured<K>): string {
  return summaries[kind](measured);
}

function summariseChecks(checks: readonly { readonly name: string; readonly passed: boolean }[], what: string): string {
  const failed = checks.filter(({ passed }) => !passed).map(({ name }) => name);
  if (failed.length === 0) return `${countOf(checks.length, what)}, none failed`;
  return `${failed.length} of ${countOf(checks.length, what)} failed: ${failed.join(', ')}`;
}

function summariseSampling({ sampledSeconds, samples, errorRate, maxDrawdown, orders, breaches }: Measured<'watch'>) {
  const what = `${showSpan(sampledSeconds * 1_000)} in ${countOf(samples, 'sample')}; error rate ${showPercent(errorRate, 2)}, drawdown ${showPercent(maxDrawdown, 2)}`;
  const wrong =
    breaches.length === 0 ? 'no breach' : `${countOf(breaches.length, 'breach', 'breaches')}: ${breaches.join('; ')}`;
  return `${what}, ${orders.filled} of ${countOf(orders.attempted, 'order')} filled; ${wrong}`;
}

const showNullable = (fraction: number | null) => (fraction === null ? '-' : showPercent(fraction));
