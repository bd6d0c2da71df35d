import { numberAxis, timeAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import type { ReportData } from '../data';
import type { LatencyData } from '../gather/trades';
import { type Html, html } from '../html';
import { countOf, showCount, showTime } from '../show';
import { missingNote, note, type Section } from './section';

/** How long orders took. */
export function latencySection({ latency }: ReportData): Section {
  const body = 'missing' in latency ? missingNote(latency.missing) : drawLatency(latency.found);
  return { id: 'latency', title: 'Latency of orders', body };
}

function drawLatency({ slots, orders }: LatencyData): Html {
  if (slots.length === 0) return missingNote('no order was sent');
  const middle = (slot: (typeof slots)[number]) => (slot.from + slot.to) / 2;
  const worst = slots.reduce((one, other) => (other.max > one.max ? other : one));
  return html`${drawFigure({
    title: `${countOf(orders, 'order')}; the slowest took ${showCount(worst.max)} ms, after ${showTime(worst.from)}`,
    plot: {
      label: `Latency over time in ${countOf(slots.length, 'step')}: median and 95th percentile. The slowest order took ${worst.max} ms.`,
      unit: 'milliseconds',
      x: timeAxis(slots[0]!.from, slots.at(-1)!.to),
      y: numberAxis([0, ...slots.map(({ p95 }) => p95)]),
      series: [
        { name: '95th percentile', kind: 'line', look: 2, points: slots.map((slot) => [middle(slot), slot.p95]) },
        { name: 'median', kind: 'line', look: 1, points: slots.map((slot) => [middle(slot), slot.median]) },
        { name: 'steps with orders', kind: 'dots', look: 1, points: slots.map((slot) => [middle(slot), slot.median]) },
      ],
    },
    table: {
      caption: 'Latency of orders, milliseconds',
      columns: ['From', 'Orders', 'Median', '95th percentile', 'Slowest'],
      rows: slots.map(({ from, orders: count, median, p95, max }) => [showTime(from), count, median, p95, max]),
    },
  })}
${note('From the time at which the backend sent an order until it recorded what became of it. Requests to the services have no record beside their own metrics, which are not kept.')}`;
}
