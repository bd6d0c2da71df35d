import { html } from '../../page/html';
import { shortDigest, showPercent, showTime, showUsd } from '../../page/show';
import type { LiveData } from '../data';
import { freshOf } from '../data';
import { oldNote } from '../since';
import type { LiveSection } from './section';

/** Whether live orders may pass, and until when: the gateway's permit, the guardian's grant. */
export function permitSection(data: LiveData): LiveSection {
  const { gateway, guardian, backend } = data.workloads;
  const facts = [
    ['Permit', permitFact(data)],
    ['Grant', guardian.value ? (words[guardian.value.grant.state] ?? guardian.value.grant.state) : 'not known'],
    ['Mode', freshOf(backend)?.tradingMode ?? 'not known'],
    ['Account', gateway.value?.venue ? `${gateway.value.venue.name} / ${gateway.value.venue.account}` : 'not known'],
    ['Posture', digestFact(gateway.value?.posture?.digest)],
    ['Granted posture', digestFact(guardian.value?.grant.posture)],
    ['Equity', backend.value?.risk?.equityUsd == null ? 'not known' : showUsd(backend.value.risk.equityUsd)],
    ['Drawdown', backend.value?.risk?.drawdown == null ? 'not known' : showPercent(backend.value.risk.drawdown, 2)],
  ] as const;
  const why = freshOf(gateway)?.permit.reason;
  const body = html`${oldNote('The gateway', gateway, data)}${oldNote('The guardian', guardian, data)}${oldNote('The backend', backend, data)}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${why && html`<p class="note">No permit can be held: ${why}</p>`}
${reasonsOf(data)}`;
  return { id: 'permit', title: 'Permit and grant', body };
}

const words: Readonly<Record<string, string>> = {
  not_initialised: 'none: cutover keys init was not run',
  blocked: 'none: keys or ledger cannot be used',
  none: 'none: paper',
  refused: 'refused',
  granted: 'granted',
  halted: 'none: halted',
};

const digestFact = (digest: string | null | undefined) => (digest ? shortDigest(digest) : 'none');

/** The countdown goes on in the page, from the gateway's last word; an old word counts nothing down. */
function permitFact({ workloads: { gateway }, now }: LiveData) {
  if (!gateway.value || gateway.answeredAt === null) return 'not known';
  const { state, use, secondsLeft } = gateway.value.permit;
  if (!gateway.isFresh) return `not known; ${state} when the gateway last answered`;
  if (state !== 'held') return state;
  if (secondsLeft === null) return html`<strong>held${use && `, to ${use}`}</strong>`;
  const until = Math.round(gateway.answeredAt + secondsLeft * 1_000);
  const left = Math.max(0, Math.ceil((until - now) / 1_000));
  return html`<strong>held${use && `, to ${use}`}</strong><br>ends, if not renewed, in <span class="countdown" role="timer" aria-live="off" data-until="${until}">${left} s</span>
<br><small>${showTime(until)} UTC</small>`;
}

function reasonsOf({ workloads: { guardian } }: LiveData) {
  const reasons = freshOf(guardian)?.grant.reasons ?? [];
  return (
    reasons.length > 0 &&
    html`<h3>The guardian's reasons</h3><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
  );
}
