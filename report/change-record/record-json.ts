import { toTime } from '../../posture/explain/describe-time';
import { reasonJson, renderJson } from '../../posture/explain/explanation-json';
import type { ChangeRecord } from './record';

/**
 * A change record as a JSON document: the same facts as the Markdown, nothing cut. Times in RFC 3339 UTC, durations in
 * seconds. Fields are only ever added.
 */
export function renderRecordJson(record: ChangeRecord) {
  const { input, verdict, source, marker, headline, alarms, blast, gates, toMake, packs, revert } = record;
  const { explanation, compared, guardian, notes, openHalts, preview, drift } = input;
  const decision = renderJson(explanation);
  return {
    stack: explanation.stack,
    verdict,
    source,
    headline,
    marker,
    alarms,
    compared,
    changes: decision.changes,
    blastRadius: blast,
    gates: decision.gates.map((gate, index) => ({ ...gate, state: gates[index]!.state })),
    toMake,
    openHalts:
      openHalts === null ? null : openHalts.map(({ haltedAt, reason }) => ({ haltedAt: toTime(haltedAt), reason })),
    preview: preview.state === 'ran' ? { ...preview, violations: packs } : preview,
    drift,
    revert,
    afterMerge: record.afterMerge,
    unknowns: record.unknowns,
    notes,
    guardian: guardian && { ...guardian, reasons: guardian.reasons.map(reasonJson) },
    decision,
  };
}
