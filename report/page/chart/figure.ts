import { type Html, html } from '../html';
import { countOf } from '../show';
import { drawPlot, type Plot } from './plot';
import { drawTable, type Table } from './table';

/** A chart with the table behind it. */
export function drawFigure({ title, plot, table }: { title: string; plot: Plot; table: Table }): Html {
  return html`<figure><figcaption>${title}</figcaption>${drawPlot(plot)}
<details><summary>Table: ${table.caption} (${countOf(table.rows.length, 'row')})</summary>${drawTable(table)}</details></figure>`;
}
