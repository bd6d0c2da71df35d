import type { ReportData } from '../data';
import type { Halt } from '../gather/ledger';
import { type Html, html } from '../html';
import { showCount, showSpan, showTime } from '../show';
import { missingNote, note, type Section } from './section';

const most = 200;
const mostExports = 100;

/** Every halt with how it was closed: the open ones first, then the newest first. */
export function incidentsSection({ ledger, exports, madeAt }: ReportData): Section {
  const body = html`${'missing' in ledger ? missingNote(ledger.missing) : drawHalts(ledger.found.halts, madeAt)}
<h3>Exported incidents</h3>${
    exports.length === 0
      ? html`<p>None: <code>cutover incident export</code> writes logs of the window, environment and the beginning of a postmortem.</p>`
      : html`<ul>${exports.slice(0, mostExports).map((name) => html`<li><code>${name}</code></li>`)}</ul>`
  }${exports.length > mostExports && note(`The newest ${mostExports} of ${showCount(exports.length)} are listed.`)}`;
  return { id: 'incidents', title: 'Incidents', body };
}

function drawHalts(halts: readonly Halt[], now: number): Html {
  if (halts.length === 0) return html`<p>The ledger has no halt.</p>`;
  const byTime = [...halts].sort((one, other) => other.haltedAt - one.haltedAt);
  const ordered = [...byTime.filter(({ closed }) => !closed), ...byTime.filter(({ closed }) => closed)];
  return html`<ol class="incidents">${ordered.slice(0, most).map((halt) => drawHalt(halt, now))}</ol>
${halts.length > most && note(`${most} of ${showCount(halts.length)} halts are listed, the open ones first.`)}`;
}

function drawHalt({ id, haltedAt, reason, by, closed }: Halt, now: number): Html {
  const tag = closed
    ? html`<span class="good">closed after ${showSpan(closed.at - haltedAt)}</span>`
    : html`<strong class="bad">open for ${showSpan(Math.max(0, now - haltedAt))}</strong>`;
  return html`<li><p>${tag} ${showTime(haltedAt)}: halted by ${by}: ${reason} <small>(${id})</small></p>${
    closed
      ? html`<p>Cause: ${closed.cause}</p>
<details><summary>Timeline and action items</summary><ul>${closed.timeline.map(({ at, text }) => html`<li>${showTime(at)} ${text}</li>`)}</ul>
<ul>${closed.actionItems.map(({ owner, text }) => html`<li>${owner}: ${text}</li>`)}</ul></details>`
      : html`<p>Live trading is barred until an approver closes it: <code>cutover incident close</code></p>`
  }</li>`;
}
