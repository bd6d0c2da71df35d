import { Html, html } from '../html';

export type Cell = Html | string | number | null;

export interface Table {
  /** Says what the rows are. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table that scrolls sideways by itself, by keyboard too. The first cell of a row is its head. */
export function drawTable({ caption, columns, rows }: Table): Html {
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(([first = null, ...rest]) => {
    const cells = rest.map((cell) => html`<td${classOf(cell)}>${cell ?? '-'}</td>`);
    return html`<tr><th scope="row">${first ?? '-'}</th>${cells}</tr>\n`;
  });
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

/** Numbers stand at the right, and long texts get room. */
function classOf(cell: Cell): Html | null {
  const text = typeof cell === 'number' ? String(cell) : typeof cell === 'string' ? cell : '';
  if (/^-?[\d ]+(\.\d+)?( %| USD| ms| s)?$/.test(text)) return new Html(' class="n"');
  return text.length > 40 ? new Html(' class="long"') : null;
}
