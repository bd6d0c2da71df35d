import { html } from '../../page/html';
import { shortDigest, showPercent, showUsd } from '../../page/show';
import { freshOf, type LiveData, type Source } from '../data';
import { oldNote } from '../since';
import type { LiveSection } from './section';

/** Whether live orders may pass, and until when: the gateway's permit, the guardian's grant. */
export function permitSection(data: LiveData): LiveSection {
  const { gateway, guardian, backend } = data.workloads;
  const facts = [
    ['Permit', factOf(gateway, ({ permit: { state, use } }) => (state === 'held' && use ? `held, to ${use}` : state))],
    ['Grant', factOf(guardian, ({ grant }) => words[grant.state] ?? grant.state)],
    ['Mode', factOf(backend, ({ tradingMode }) => tradingMode)],
    ['Account', factOf(gateway, ({ venue }) => venue && `${venue.name} / ${venue.account}`)],
    ['Posture', factOf(gateway, ({ posture }) => posture && shortDigest(posture.digest))],
    ['Granted posture', factOf(guardian, ({ grant }) => grant.posture && shortDigest(grant.posture))],
    ['Equity', factOf(backend, ({ risk }) => (risk?.equityUsd == null ? null : showUsd(risk.equityUsd)))],
    ['Drawdown', factOf(backend, ({ risk }) => (risk?.drawdown == null ? null : showPercent(risk.drawdown, 2)))],
  ] as const;
  const why = freshOf(gateway)?.permit.reason;
  const body = html`${oldNote('The gateway', gateway, data)}${oldNote('The guardian', guardian, data)}${oldNote('The backend', backend, data)}
${drawCountdown(data)}
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

/** An old word is none of now, and says so where it stands. */
function factOf<T>(source: Source<T>, read: (value: T) => string | null): string {
  if (source.value === null) return 'not known';
  const text = read(source.value) ?? 'none';
  return source.isFresh ? text : `not known; ${text} at the last answer`;
}

/** The countdown goes on in the page, from the gateway's last word; an old word counts nothing down. */
function drawCountdown({ workloads: { gateway }, now }: LiveData) {
  const { state, secondsLeft } = freshOf(gateway)?.permit ?? {};
  if (state !== 'held' || secondsLeft == null || gateway.answeredAt === null) return null;
  const until = Math.round(gateway.answeredAt + secondsLeft * 1_000);
  const left = Math.max(0, Math.ceil((until - now) / 1_000));
  return html`<p class="lease">The permit ends in <strong class="countdown" role="timer" aria-live="off" data-until="${until}">${left} s</strong> unless it is renewed.</p>`;
}

function reasonsOf({ workloads: { guardian } }: LiveData) {
  const reasons = freshOf(guardian)?.grant.reasons ?? [];
  return (
    reasons.length > 0 &&
    html`<h3>The guardian's reasons</h3><ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
  );
}
