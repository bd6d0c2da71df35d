import { html } from '../../page/html';
import type { HaltWords } from '../answers';
import type { LiveData } from '../data';
import { oldNote, showAgo, showStamp } from '../since';
import type { LiveSection } from './section';

/** The halts that the gateway has latched and nobody has closed. */
export function haltsSection(data: LiveData): LiveSection {
  const { gateway } = data.workloads;
  const halts = gateway.value?.openHalts ?? [];
  const none = gateway.isFresh && html`<p>No halt is open.</p>`;
  const body = html`${oldNote('The gateway', gateway, data)}
${
  halts.length === 0
    ? none
    : html`<ol class="incidents">${halts.map((halt) => drawHalt(halt, data.now))}</ol>
<p>Live trading is barred until an approver closes them: <code>cutover incident close</code></p>`
}`;
  return { id: 'halts', title: 'Open halts', body };
}

function drawHalt({ id, haltedAt, reason, by }: HaltWords, now: number) {
  const at = Date.parse(haltedAt ?? '');
  const when = Number.isNaN(at) ? (showStamp(haltedAt) ?? 'at a time that is not known') : showAgo(at, now);
  return html`<li><strong class="bad">open</strong> ${when}: halted by ${by ?? 'somebody'}: ${reason ?? 'no reason is known'}${id && html` <small>(${id})</small>`}</li>`;
}
