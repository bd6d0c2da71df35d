import { countAxis, timeAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import { drawTable } from '../chart/table';
import type { HaltSignals, ReportData } from '../data';
import { stepMs } from '../gather/logs';
import { type Html, html } from '../html';
import { countOf, showTime } from '../show';
import { missingNote, note, type Section } from './section';

/** What the guardian said, and what the stack did, around each halt. */
export function haltsSection({ halts, ledger, orders }: ReportData): Section {
  const inAll = 'found' in ledger ? ledger.found.halts.length : 0;
  const body = html`${halts.length === 0 ? html`<p>${'found' in ledger ? 'The ledger has no halt.' : 'Without a ledger no halt is known here.'}</p>` : halts.map(drawHalt)}
${halts.length < inAll && note(`The newest ${halts.length} of ${inAll} halts are shown; all are in the incident index.`)}
${'missing' in orders && halts.length > 0 && missingNote(`fills and refusals, since ${orders.missing}`)}
${note("The samples that the guardian's rules judge (drawdown, error rate, rejections in a row) are not kept. Shown are its log, the errors of all logs, and the gateway's record.")}`;
  return { id: 'halts', title: "Guardian's signals around halts", body };
}

function drawHalt({ at, reason, by, log, orders }: HaltSignals): Html {
  const series = [
    { name: 'fills', look: 1, counts: orders.fills },
    { name: 'refused orders', look: 2, counts: orders.refused },
    { name: 'error lines', look: 3, counts: log.errors },
  ] as const;
  const start = (step: number) => log.from + step * stepMs;
  const after = orders.fills.slice(Math.ceil((at - log.from) / stepMs)).reduce((sum, count) => sum + count, 0);
  return html`<h3>${showTime(at)} by ${by}: ${reason}</h3>
${drawFigure({
  title: 'Ten minutes before and after, in steps of 15 s',
  plot: {
    label: `Fills, refused orders and error lines from ten minutes before the halt to ten minutes after it; ${countOf(after, 'fill')} after it.`,
    unit: 'count in 15 s',
    x: timeAxis(log.from, log.to),
    y: countAxis(series.flatMap(({ counts }) => counts)),
    series: series.map(({ name, look, counts }, index) => ({
      name,
      kind: 'bars',
      look,
      points: counts.map((count, step) => [start(step + index / 3), start(step + (index + 1) / 3), 0, count] as const),
    })),
    marks: [{ x: at, kind: 'halt' }],
  },
  table: {
    caption: `Signals around the halt of ${showTime(at)}`,
    columns: ['From', ...series.map(({ name }) => name)],
    rows: log.errors.map((_, step) => [showTime(start(step)), ...series.map(({ counts }) => counts[step]!)]),
  },
})}
${
  log.lines.length === 0
    ? missingNote("the guardian's words; its log has no warning or error of that time")
    : drawTable({
        caption: `What the guardian logged around ${showTime(at)}`,
        columns: ['Time', 'Level', 'Message'],
        rows: log.lines.map(({ at: time, level, text }) => [showTime(time), level, text]),
      })
}
${log.more > 0 && note(`${countOf(log.more, 'more line')} of that time are in its log.`)}`;
}
