import { drawTable } from '../../page/chart/table';
import { html } from '../../page/html';
import { showTime } from '../../page/show';
import { freshOf, type LiveData, type Source } from '../data';
import { oldNote } from '../since';
import type { LiveSection } from './section';

/** Every workload as the platform sees it, and beside that what it says of itself. */
export function workloadsSection(data: LiveData): LiveSection {
  const { workloads, platform } = data;
  const seen = freshOf(platform);
  const rows = Object.entries(workloads).map(([name, source]) => {
    const replica = seen?.replicas.find(({ workload }) => workload === name);
    return [
      name,
      replica ? stateCell(replica) : 'not known',
      healthCell(source),
      source.answeredAt === null ? null : showTime(source.answeredAt),
    ];
  });
  const others = seen?.others ?? [];
  const body = html`${oldNote('The platform', platform, data)}
${drawTable({ caption: 'Workloads of the stack', columns: ['Workload', 'The platform sees', 'It says', 'Last answer'], rows })}
${others.length > 0 && html`<h3>What else is there</h3><ul>${others.map((text) => html`<li class="bad">${text}</li>`)}</ul>`}`;
  return { id: 'workloads', title: 'Workloads', body };
}

function stateCell({ state, reason }: { state: string; reason?: string }) {
  if (state === 'running') return html`<span class="good">running</span>`;
  return html`<strong class="bad">${state}</strong>${reason && html`<br>${reason}`}`;
}

function healthCell({ value, isFresh, problem }: Source<{ ok: boolean; reason: string | null }>) {
  if (!isFresh) return html`<strong class="bad">no answer</strong>${problem && html`<br>${problem}`}`;
  if (value?.ok) return html`<span class="good">healthy</span>`;
  return html`<strong class="bad">not well</strong>${value?.reason && html`<br>${value.reason}`}`;
}
