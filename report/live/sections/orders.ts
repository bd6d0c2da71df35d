import { countAxis, timeAxis } from '../../page/chart/axis';
import { drawFigure } from '../../page/chart/figure';
import { drawTable } from '../../page/chart/table';
import { html } from '../../page/html';
import { countOf, showSpan, showTime } from '../../page/show';
import type { Flow, LiveData } from '../data';
import { oldNote, showStamp } from '../since';
import type { LiveSection } from './section';

/** The newest orders of the gateway's record, and how many there were of late. */
export function ordersSection(data: LiveData): LiveSection {
  const { orders, flow } = data;
  const rows = orders.value ?? [];
  const none = orders.isFresh && html`<p>The gateway has recorded no order.</p>`;
  const body = html`${oldNote("The gateway's record of orders", orders, data)}
${
  rows.length === 0
    ? none
    : drawTable({
        caption: 'Newest orders, the newest first',
        columns: ['Time', 'Mode', 'Agent', 'Order', 'Value', 'Price', 'What became of it'],
        rows: rows.map(({ receivedAt, mode, agent, side, symbol, qtyUsd, price, status, code }) => [
          showStamp(receivedAt),
          mode,
          agent,
          [side, symbol].filter((word) => word !== null).join(' ') || null,
          qtyUsd === null ? null : `${qtyUsd.toFixed(2)} USD`,
          price === null ? null : price.toFixed(price < 10 ? 6 : 2),
          status === 'filled'
            ? html`<span class="good">filled</span>`
            : html`<strong class="warn">${code ?? status}</strong>`,
        ]),
      })
}
${drawFlow(flow)}`;
  return { id: 'orders', title: 'Newest orders', body };
}

function drawFlow({ from, stepMs, filled, refused }: Flow) {
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  const start = (step: number) => from + step * stepMs;
  const totals = `${sum(filled)} accepted, ${sum(refused)} refused`;
  return drawFigure({
    title: `The last ${showSpan(filled.length * stepMs)}, counted while this page's server runs: ${totals}`,
    plot: {
      label: `Orders in ${countOf(filled.length, 'step')} of ${showSpan(stepMs)}: ${totals}.`,
      unit: `orders in ${showSpan(stepMs)}`,
      x: timeAxis(from, start(filled.length)),
      y: countAxis([...filled, ...refused]),
      series: [
        { name: 'accepted', kind: 'bars', look: 1, points: barsOf(filled, 0) },
        { name: 'refused', kind: 'bars', look: 3, points: barsOf(refused, 0.5) },
      ],
    },
    table: {
      caption: 'Orders by time',
      columns: ['From', 'Accepted', 'Refused'],
      rows: filled.map((count, step) => [showTime(start(step)), count, refused[step] ?? 0]),
    },
  });

  function barsOf(counts: readonly number[], shift: number) {
    return counts.map((count, step) => [start(step + shift), start(step + shift + 0.5), 0, count] as const);
  }
}
