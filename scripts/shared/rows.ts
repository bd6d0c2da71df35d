import { widthOf } from '../../posture/explain/text-width';
import { wrap } from '../../posture/explain/wrap';

const gap = '  ';

/**
 * Rows of cells as indented lines, each column as wide as its widest cell. The last one is broken at its spaces where the
 * line would be wider than `columns`; without a number it never is, since whatever reads it goes by lines.
 */
export function alignRows(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
    }
  }
  return rows.flatMap((row) => {
    const before = row.slice(0, -1).map((cell, index) => cell + ' '.repeat(widths[index]! - widthOf(cell)) + gap);
    return wrap(gap + before.join(''), row.at(-1) ?? '', columns);
  });
}
