import { existsSync } from 'node:fs';
import type { Entry } from '../../ledger/entry';
import type { Chain } from '../../ledger/verify';
import { createOperations } from '../../platforms/operations';
import { HaltLatch } from '../../workloads/gateway/halt-latch';
import type { Happened, IncidentFacts } from './export-incident';
import type { Project } from './project';

/** What is known of an incident, as far as its window goes; `to` is absent while it lasts. */
export type KnownIncident = Partial<IncidentFacts> & Pick<IncidentFacts, 'from'>;

/** The incident that the ledger has: its open halts, else those that were closed last. Pure. */
export function recordedIncident(chain: Chain): KnownIncident | undefined {
  const { entries, openHalts } = chain;
  if (openHalts.length > 0) return { from: Math.min(...openHalts.map(({ body }) => body.haltedAt)) };
  const closed = entries.findLast((entry) => entry.kind === 'incident');
  if (!closed) return undefined;
  const { closes, cause, actionItems } = closed.body;
  const halts = entries.flatMap((entry) =>
    entry.kind === 'halt' && closes.includes(chain.hashAt(entry.seq)) ? entry.body.haltedAt : [],
  );
  return { from: Math.min(closed.time, ...halts), to: closed.time, cause, actionItems };
}

/** The incident that only the gateway's disk knows: a stack without keys has no ledger. */
export async function latchedIncident(project: Project): Promise<KnownIncident | undefined> {
  const operations = createOperations(project);
  await operations.fetchData('gateway').catch(() => {}); // what is here may say it all the same
  const folder = operations.dataOf('gateway');
  const halt = existsSync(folder) ? new HaltLatch(folder).read(Date.now()) : null;
  if (!halt) return undefined;
  const at = Date.parse(halt.haltedAt);
  return { from: at, timeline: [{ at, text: `halted by ${halt.by}: ${halt.reason}` }] };
}

/** An entry of the ledger as a line of a timeline. */
export function describeEntry(entry: Entry): Happened {
  switch (entry.kind) {
    case 'genesis':
      return { at: entry.time, text: 'keys and ledger were made' };
    case 'grant':
      return { at: entry.time, text: `live trading was granted for posture ${entry.body.digest}` };
    case 'end':
      return { at: entry.time, text: `the grant ended: ${entry.body.reason}` };
    case 'halt':
      return { at: entry.body.haltedAt, text: `halted by ${entry.body.by}: ${entry.body.reason}` };
    case 'incident':
      return { at: entry.time, text: `closed by an approver: ${entry.body.cause}` };
    case 'rotation':
      return { at: entry.time, text: 'the next trust root came into force' };
  }
}
