import { countAxis, timeAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import { drawTable } from '../chart/table';
import type { Around, ReportData } from '../data';
import type { OrdersData, Window } from '../gather/orders';
import { type Html, html } from '../html';
import { countOf, showCount, showSpan, showTime, showUsd } from '../show';
import { missingNote, note, type Section } from './section';

/** What was filled, in all and in the hour before and after each grant and halt. */
export function fillsSection({ orders, around }: ReportData): Section {
  const body =
    'missing' in orders ? missingNote(orders.missing) : html`${drawOrders(orders.found)}${drawAround(around)}`;
  return { id: 'fills', title: 'Fills before and after', body };
}

function drawOrders({ slots, total, undated }: OrdersData): Html {
  if (slots.length === 0) return missingNote('the gateway has recorded no order');
  const counts = slots.map(({ counts: { paper = 0, live = 0, refused = 0 } }) => ({ paper, live, refused }));
  const sum = (key: 'paper' | 'live' | 'refused') => counts.reduce((all, one) => all + one[key], 0);
  const totals = `${showCount(sum('paper'))} paper fills, ${showCount(sum('live'))} live fills, ${showCount(sum('refused'))} refused`;
  return html`${drawFigure({
    title: totals,
    plot: {
      label: `Orders over time in ${countOf(slots.length, 'step')}: ${totals}.`,
      unit: `orders in ${showSpan(slots[0]!.to - slots[0]!.from)}`,
      x: timeAxis(slots[0]!.from, slots.at(-1)!.to),
      y: countAxis(counts.map(({ paper, live, refused }) => Math.max(paper + live, refused))),
      series: [
        {
          name: 'paper fills',
          kind: 'bars',
          look: 1,
          points: slots.map(({ from, to }, index) => [from, to, 0, counts[index]!.paper]),
        },
        {
          name: 'live fills',
          kind: 'bars',
          look: 2,
          points: slots.map(({ from, to }, index) => [
            from,
            to,
            counts[index]!.paper,
            counts[index]!.paper + counts[index]!.live,
          ]),
        },
        {
          name: 'refused',
          kind: 'line',
          look: 3,
          points: slots.map(({ from, to }, index) => [(from + to) / 2, counts[index]!.refused]),
        },
      ],
    },
    table: {
      caption: "The gateway's record over time",
      columns: ['From', 'Paper fills', 'Live fills', 'Refused'],
      rows: slots.map(({ from }, index) => [
        showTime(from),
        counts[index]!.paper,
        counts[index]!.live,
        counts[index]!.refused,
      ]),
    },
  })}
${note(`${countOf(total, 'order')} in all.`)}
${undated > 0 && html`<p class="note missing">${countOf(undated, 'order')} without a time that can be read: not in the chart.</p>`}`;
}

function drawAround(around: readonly Around[]): Html {
  if (around.length === 0) return html`<p>The ledger has no grant and no halt to compare.</p>`;
  const rowOf = (event: Around, which: string, { from, to, paper, live, refused }: Window) => [
    `${event.kind} ${showTime(event.at)}, ${which} ${to > from ? showSpan(to - from) : 'no time yet'}`,
    paper.buys + paper.sells,
    showUsd(paper.usd),
    live.buys + live.sells,
    showUsd(live.usd),
    showUsd(paper.feesUsd + live.feesUsd),
    refused,
  ];
  return html`<h3>The hour before and after each grant and halt</h3>${drawTable({
    caption: 'Fills before and after grants and halts, the newest first',
    columns: ['When', 'Paper fills', 'Paper value', 'Live fills', 'Live value', 'Fees', 'Refused'],
    rows: around.flatMap((event) => [rowOf(event, 'before', event.before), rowOf(event, 'after', event.after)]),
  })}`;
}
