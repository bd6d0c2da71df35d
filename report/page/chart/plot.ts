import { type Html, html } from '../html';
import { type Axis, placeOn } from './axis';

/** How a series looks. Its number names colour and stroke, so that two differ without their colours too. */
export type Look = 1 | 2 | 3 | 4;

/** What is drawn of a series. Places are in the axes' units; a line breaks where its y is null. */
export type Shape =
  | { readonly kind: 'line'; readonly points: readonly (readonly [x: number, y: number | null])[] }
  | { readonly kind: 'dots'; readonly points: readonly (readonly [x: number, y: number])[] }
  | { readonly kind: 'band'; readonly points: readonly (readonly [x: number, low: number, high: number])[] }
  | { readonly kind: 'bars'; readonly points: readonly (readonly [x0: number, x1: number, y0: number, y1: number])[] };

export type Series = Shape & { readonly name: string; readonly look: Look };

/** A time, or any x, to mark with a line from top to bottom. */
export interface Mark {
  readonly x: number;
  readonly kind: 'grant' | 'halt';
}

export interface Plot {
  /** What a reader is told who cannot see it. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  /** What y measures, with its unit. */
  readonly unit: string;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  /** A line from left to right, such as a margin. */
  readonly level?: { readonly y: number; readonly name: string };
}

const width = 1000;
const height = 300;

/**
 * Draws a plot. The lines stretch with the page; the labels are text beside them, so that they keep their size on a phone.
 */
export function drawPlot({ label, x, y, unit, series, marks = [], level }: Plot): Html {
  const toX = (value: number) => (placeOn(x, value) * width).toFixed(1);
  const toY = (value: number) => ((1 - placeOn(y, value)) * height).toFixed(1);
  const grid = y.labels.map((_, index) => {
    const at = (height * (1 - index / (y.labels.length - 1))).toFixed(1);
    return html`<path class="grid" d="M0 ${at}H${width}"/>`;
  });
  const lines = series.map(
    (one) => html`<path class="${one.kind} look${one.look}" data-series="${one.name}" d="${pathOf(one, toX, toY)}"/>`,
  );
  const marked = marks.map(({ x: at, kind }) => html`<path class="mark ${kind}" d="M${toX(at)} 0V${height}"/>`);
  const leveled = level && html`<path class="level" d="M0 ${toY(level.y)}H${width}"/>`;
  return html`<div class="plot"><p class="unit">${unit}</p>
<div class="ys" aria-hidden="true">${[...y.labels].reverse().map((text) => html`<span>${text}</span>`)}</div>
<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none">${grid}${lines}${leveled}${marked}</svg>
<div class="xs" aria-hidden="true">${x.labels.map((text) => html`<span>${text}</span>`)}</div></div>
${drawLegend(series, marks, level?.name)}`;
}

function drawLegend(series: readonly Series[], marks: readonly Mark[], level: string | undefined): Html {
  const keys = [
    ...series.map(({ name, kind, look }) => ({ name, className: `${kind} look${look}` })),
    ...(level ? [{ name: level, className: 'level' }] : []),
    ...(['grant', 'halt'] as const)
      .filter((kind) => marks.some((mark) => mark.kind === kind))
      .map((kind) => ({ name: kind, className: `mark ${kind}` })),
  ];
  return html`<ul class="legend">${keys.map(
    ({ name, className }) =>
      html`<li><svg viewBox="0 0 24 12" width="24" height="12" aria-hidden="true"><path class="${className}" d="${
        /^(bars|band)/.test(className) ? 'M1 1H23V11H1Z' : 'M1 6H23'
      }"/></svg>${name}</li>`,
  )}</ul>`;
}

/** One path for a whole series. Each bar and each dot begins with an M, so that they can be counted. */
function pathOf(series: Series, toX: (x: number) => string, toY: (y: number) => string): string {
  switch (series.kind) {
    case 'line': {
      let broken = true;
      return series.points
        .map(([x, y]) => {
          if (y === null) {
            broken = true;
            return '';
          }
          const step = `${broken ? 'M' : 'L'}${toX(x)} ${toY(y)}`;
          broken = false;
          return step;
        })
        .join('');
    }
    case 'dots':
      // A line of no length with a round end stays round however the plot is stretched.
      return series.points.map(([x, y]) => `M${toX(x)} ${toY(y)}h0`).join('');
    case 'band': {
      const there = series.points.map(([x, , high]) => `${toX(x)} ${toY(high)}`);
      const back = series.points.map(([x, low]) => `${toX(x)} ${toY(low)}`).reverse();
      return there.length === 0 ? '' : `M${[...there, ...back].join('L')}Z`;
    }
    case 'bars':
      return series.points
        .map(([x0, x1, y0, y1]) => `M${toX(x0)} ${toY(y0)}V${toY(y1)}H${toX(x1)}V${toY(y0)}Z`)
        .join('');
  }
}
