import { countAxis, timeAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import { drawTable } from '../chart/table';
import type { ReportData } from '../data';
import type { ErrorsData } from '../gather/logs';
import { type Html, html } from '../html';
import { countOf, showPercent, showTime } from '../show';
import { missingNote, type Section } from './section';

/** What the workloads logged as errors, and what the gateway refused. */
export function errorsSection({ errors, orders }: ReportData): Section {
  const codes = 'found' in orders ? orders.found.codes : [];
  const body = html`${'missing' in errors ? missingNote(errors.missing) : drawErrors(errors.found)}
<h3>Refused orders by code</h3>${
    'missing' in orders
      ? missingNote(orders.missing)
      : codes.length === 0
        ? html`<p>The gateway has refused none.</p>`
        : drawTable({
            caption: 'Refused orders by code',
            columns: ['Code', 'Orders'],
            rows: codes.map(({ code, count }) => [code, count]),
          })
  }`;
  return { id: 'errors', title: 'Errors', body };
}

function drawErrors({ slots, workloads, problems }: ErrorsData): Html {
  const total = workloads.reduce((sum, { errors }) => sum + errors, 0);
  const erring = workloads.filter(({ errors }) => errors > 0).map(({ workload }) => workload);
  const sums = slots.map(({ counts }) => erring.reduce((sum, workload) => sum + (counts[workload] ?? 0), 0));
  return html`${problems.map((problem) => html`<p class="note missing">${problem}.</p>`)}
${
  slots.length === 0
    ? html`<p>No workload has logged an error.</p>`
    : drawFigure({
        title: `${countOf(total, 'error line')} of ${erring.join(', ')}`,
        plot: {
          label: `Error lines over time in ${countOf(slots.length, 'step')}; the most in one step were ${Math.max(...sums)}.`,
          unit: 'error lines',
          x: timeAxis(slots[0]!.from, slots.at(-1)!.to),
          y: countAxis(sums),
          series: [
            {
              name: 'error lines',
              kind: 'bars',
              look: 3,
              points: slots.map(({ from, to }, index) => [from, to, 0, sums[index]!] as const),
            },
          ],
        },
        table: {
          caption: 'Error lines by workload',
          columns: ['From', ...erring],
          rows: slots.map(({ from, counts }) => [showTime(from), ...erring.map((workload) => counts[workload] ?? 0)]),
        },
      })
}
${drawTable({
  caption: 'Log lines of each workload',
  columns: ['Workload', 'Lines', 'Errors', 'Share', 'Not log lines'],
  rows: workloads.map(({ workload, lines, errors, others }) => [
    workload,
    lines,
    errors,
    lines === 0 ? null : showPercent(errors / lines, 2),
    others,
  ]),
})}`;
}
