import { readFileSync } from 'node:fs';
import type { Entry } from '../../ledger/entry';
import { digestPosture, type Posture } from '../../posture/posture';
import type { Point } from './model/point';
import { isSame } from './model/proof';
import { freshSeconds, needsOf, risesOf } from './model/rules';
import type { System } from './system/system';

/**
 * What must hold of a ledger that was really written, whatever anybody decided: no live grant without each proof that
 * it needs, fresh and not consumed before; under live one rise at a time; none over an open halt. Read line by line,
 * without the code that reads ledgers.
 * @throws Error that names what does not hold
 */
export function auditLedger({ files, signed, world, asked }: System): void {
  const pointOf = new Map(asked.map((point) => [digestPosture(world.postureOf(point)), point]));
  const entries = readFileSync(files.ledger, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
  const consumed = new Set<string>();
  let standing: Point | null = null;
  let before: Point | null = null;
  let open = 0;
  for (const entry of entries) {
    const wrong = (what: string) => new Error(`entry ${entry.seq} of the ledger ${what}`);
    if (entry.kind === 'halt') open += 1;
    if (entry.kind === 'incident') open -= entry.body.closes.length;
    if (entry.kind === 'halt' || entry.kind === 'end') {
      before = null;
      standing = null;
    }
    if (entry.kind !== 'grant') continue;
    if (open > 0) throw wrong('grants over an open halt');
    const to = pointOf.get(digestPosture(entry.body.posture as Posture))!;
    if (risesOf(standing, to).length > 1) throw wrong('grants two rises at once');
    const proofs = entry.body.evidence.map((digest) => signed.get(digest)!);
    if (entry.body.evidence.some((digest) => consumed.has(digest))) throw wrong('consumes what was consumed before');
    const isReturn = 'return' in entry.body && isSame(before, to);
    for (const kind of isReturn ? [] : needsOf(standing, to)) {
      const proof = proofs.find((one) => one.kind === kind);
      if (!proof?.passed) throw wrong(`grants a rise without ${kind}`);
      if (entry.time - proof.measuredAt > freshSeconds[kind] * 1000) throw wrong(`grants by a ${kind} that is too old`);
    }
    for (const digest of entry.body.evidence) consumed.add(digest);
    before = standing;
    standing = to;
  }
}
