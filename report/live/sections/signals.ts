import { drawTable } from '../../page/chart/table';
import { html } from '../../page/html';
import { countOf, shortDigest, showPercent } from '../../page/show';
import type { DecisionWords } from '../answers';
import { freshOf, type LiveData } from '../data';
import { oldNote, showStamp } from '../since';
import type { LiveSection } from './section';

/** What the guardian sees and has decided, and what its rules watch, as far as the services tell it. */
export function signalsSection(data: LiveData): LiveSection {
  const guardian = data.workloads.guardian.value;
  const rows = [
    ['Last look', guardian ? showStamp(guardian.observedAt) : null],
    ['Replicas that run', guardian?.replicas ? `${guardian.replicas.running} of ${guardian.replicas.expected}` : null],
    ['Observed posture', observedOf(guardian?.observed)],
    [
      'Newest permit',
      guardian?.permit
        ? `number ${guardian.permit.token}, ${Math.round(guardian.permit.secondsAgo)} s before that answer`
        : 'none',
    ],
  ];
  const body = html`${oldNote('The guardian', data.workloads.guardian, data)}
${drawTable({ caption: 'What the guardian says', columns: ['What', 'Value'], rows: guardian ? rows : [] })}
${guardian?.decision && drawDecision(guardian.decision)}
${drawTable({ caption: 'What its rules watch, as the services tell it now', columns: ['Rule', 'Now', 'Halts'], rows: rulesOf(data) })}
<p class="note">The guardian judges by its own look at the stack, not by this page. The error rate, which it counts from the logs, is not shown.</p>`;
  return { id: 'signals', title: "Guardian's signals", body };
}

function observedOf(observed: { posture: string | null; reason: string | null } | null | undefined): string | null {
  if (observed?.posture) return shortDigest(observed.posture);
  return observed?.reason ? `cannot be told: ${observed.reason}` : null;
}

function drawDecision({ verdict, decidedAt, reasons }: NonNullable<DecisionWords>) {
  return html`<h3>Last decision: ${verdict}${decidedAt && html` at ${showStamp(decidedAt)}`}</h3>
${reasons.length > 0 && html`<ul>${reasons.map(({ code, message }) => html`<li><code>${code}</code> ${message}</li>`)}</ul>`}`;
}

function rulesOf(data: LiveData) {
  const { backend, guardian } = data.workloads;
  const risk = freshOf(backend)?.risk;
  const most = freshOf(backend)?.config?.maxDrawdown;
  const model = data.workloads['model-service'];
  const away = freshOf(data.platform)?.replicas.filter(({ state }) => state !== 'running');
  const duplicates = freshOf(guardian)?.duplicates;
  const unknown = 'not known';
  return [
    [
      'drawdown-brake',
      risk?.drawdown == null
        ? unknown
        : `${showPercent(risk.drawdown, 2)}${risk.locked ? ', and the brake is on' : ''}`,
      most == null ? 'over the limit, in two looks' : `over ${showPercent(most, 2)}, in two looks`,
    ],
    ['route-rejections', rejectionsOf(data), "more than 3 of an agent's in a row within 5 min"],
    [
      'model-health',
      model.isFresh ? (model.value?.ok ? 'healthy' : 'degraded') : unknown,
      'degraded for more than 5 min',
    ],
    [
      'dead-replica',
      away === undefined ? unknown : away.length === 0 ? 'all run' : away.map(({ workload }) => workload).join(', '),
      'away for more than 30 s',
    ],
    [
      'duplicate-replica',
      duplicates == null ? unknown : countOf(duplicates, 'duplicate'),
      'still there at the third look',
    ],
  ];
}

/** The newest orders that were refused one after the other, by the agent with the most of them. */
function rejectionsOf({ orders }: LiveData): string {
  const shown = freshOf(orders);
  if (!shown) return 'not known';
  const runs = new Map<string, number>();
  for (const { agent, status } of [...shown].reverse()) {
    const name = agent ?? 'no agent';
    runs.set(name, status === 'refused' ? (runs.get(name) ?? 0) + 1 : 0);
  }
  const [name, worst] = [...runs].reduce((one, other) => (other[1] > one[1] ? other : one), ['', 0]);
  return worst === 0 ? 'none in a row' : `${worst} in a row of ${name}; for want of a permit they do not count`;
}
