import { timeAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import { drawTable } from '../chart/table';
import type { ReportData } from '../data';
import type { LedgerData, Stand } from '../gather/ledger';
import { type Html, html } from '../html';
import { countOf, showCount, showSpan, showTime } from '../show';
import { missingNote, note, type Section } from './section';

const mostStands = 400;
const mostEntries = 500;
const lanes: readonly Stand['state'][] = ['paper', 'live', 'halted'];

/** When the stack was in paper, granted live or halted, as the ledger says. */
export function postureSection({ ledger }: ReportData): Section {
  const body = 'missing' in ledger ? missingNote(ledger.missing) : drawPostures(ledger.found);
  return { id: 'posture', title: 'Posture, grants and halts', body };
}

function drawPostures({ stands, halts, grants, happenings, broken }: LedgerData): Html {
  const shown = stands.slice(-mostStands);
  const x = timeAxis(shown[0]!.from, shown.at(-1)!.to);
  const spans = lanes.map((state) => {
    const ms = stands.filter((one) => one.state === state).reduce((sum, { from, to }) => sum + to - from, 0);
    return `${state} ${ms > 0 ? showSpan(ms) : 'never'}`;
  });
  const within = (at: number) => at >= x.min;
  const table = {
    caption: 'Where the stack stood',
    columns: ['From', 'To', 'State', 'Why'],
    rows: shown.map(({ from, to, state, why }) => [showTime(from), showTime(to), state, why]),
  };
  const entries = happenings.slice(-mostEntries).reverse();
  return html`${drawFigure({
    title: `In all: ${spans.join(', ')}`,
    plot: {
      label: `Timeline of ${countOf(shown.length, 'stand')}: ${spans.join(', ')}; ${countOf(grants.length, 'grant')}, ${countOf(halts.length, 'halt')}. The table has each.`,
      unit: 'state',
      x,
      y: { min: 0, max: 4, labels: ['', 'paper', 'live', 'halted', ''] },
      series: lanes.map((state, lane) => ({
        name: state,
        kind: 'bars',
        look: lookOf[state],
        points: shown
          .filter((one) => one.state === state)
          .map(({ from, to }) => [from, to, lane + 0.65, lane + 1.35] as const),
      })),
      marks: [
        ...grants.filter(({ at }) => within(at)).map(({ at }) => ({ x: at, kind: 'grant' as const })),
        ...halts
          .filter(({ haltedAt }) => within(haltedAt))
          .map(({ haltedAt }) => ({ x: haltedAt, kind: 'halt' as const })),
      ],
    },
    table,
  })}
${shown.length < stands.length && note(`The newest ${mostStands} of ${showCount(stands.length)} stands are shown.`)}
${note('A grant lapses after an hour in which the guardian renewed no permit. The ledger has no entry for that, so that the timeline shows the grant until its next entry. Paper before the first entry is not recorded.')}
${broken && html`<p class="note missing">What follows line ${broken.line - 1} of the ledger is not shown: ${broken.reason}.</p>`}
<details><summary>Ledger: the newest ${showCount(entries.length)} of ${countOf(happenings.length, 'verified entry', 'verified entries')}</summary>${drawTable(
    {
      caption: 'Entries of the ledger, the newest first',
      columns: ['Entry', 'Time', 'Kind', 'What happened'],
      rows: entries.map(({ seq, at, kind, text }) => [seq, showTime(at), kind, text]),
    },
  )}</details>`;
}

const lookOf = { paper: 1, live: 2, halted: 3 } as const;
