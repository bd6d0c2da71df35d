import { drawTable } from '../../page/chart/table';
import { html } from '../../page/html';
import type { LiveData } from '../data';
import { oldNote, showStamp } from '../since';
import type { LiveSection } from './section';

/** The agents, as the orchestrator supervises them. */
export function agentsSection(data: LiveData): LiveSection {
  const { orchestrator } = data.workloads;
  const agents = orchestrator.value?.agents ?? [];
  const none = orchestrator.isFresh && html`<p>No agent is enabled.</p>`;
  const body = html`${oldNote('The orchestrator', orchestrator, data)}
${
  agents.length === 0
    ? none
    : drawTable({
        caption: 'Agents that are enabled',
        columns: ['Agent', 'State', 'PID', 'Restarts', 'Started'],
        rows: agents.map(({ name, state, pid, restarts, startedAt }) => [
          name,
          stateCell(state, orchestrator.isFresh),
          pid,
          restarts,
          showStamp(startedAt),
        ]),
      })
}`;
  return { id: 'agents', title: 'Agents', body };
}

/** A state of long ago is not shown in the colour of one of now. */
function stateCell(state: string, isFresh: boolean) {
  if (!isFresh) return `was ${state}`;
  return state === 'running' ? html`<span class="good">${state}</span>` : html`<strong class="warn">${state}</strong>`;
}
