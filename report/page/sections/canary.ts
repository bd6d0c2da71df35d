import { numberAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import type { ReportData } from '../data';
import type { CanaryData, CurvePoint } from '../gather/canary';
import { type Html, html } from '../html';
import { countOf, showPercent, showTime } from '../show';
import { missingNote, note, type Section } from './section';

/** Each canary as its trades came: mean and confidence sequence, against the margin. */
export function canarySection({ canaries, canariesInAll }: ReportData): Section {
  const older = canariesInAll - canaries.length;
  const body = html`${canaries.length === 0 ? missingNote('no verified evidence of a canary is there') : canaries.map(drawCanary)}
${older > 0 && note(`${countOf(older, 'older canary', 'older canaries')} are in the evidence table only.`)}`;
  return { id: 'canary', title: 'Canaries', body };
}

function drawCanary({ signed, curve }: CanaryData): Html {
  const { verdict, trades, minTrades, alpha, margin, lower } = signed.predicate.measurements;
  const title = `${showTime(signed.measuredAt)}: ${verdict === 'not_yet' ? 'not yet' : verdict} after ${countOf(trades, 'trade')}`;
  const told = `It was signed with a lower bound of ${lower === null ? 'none' : showPercent(lower)} against a margin of ${showPercent(-margin)}, at a chance of error of ${alpha} over all looks together; at least ${minTrades} trades were wanted.`;
  if ('missing' in curve) {
    return html`<h3>${title}</h3><p>${told}</p>${missingNote(`its trades, since ${curve.missing}`)}`;
  }
  const { points, same } = curve.found;
  const proof = same
    ? "Its trades were judged again from the gateway's record: they are, to the byte, those that it was signed for."
    : "The trades in the gateway's record are NOT those that it was signed for: the curve shows the record.";
  return html`<h3>${title}</h3><p>${told}</p><p class="${same ? 'good' : 'bad'}">${proof}</p>${drawCurve(title, points, curve.found.trades, margin)}`;
}

function drawCurve(title: string, points: readonly CurvePoint[], trades: number, margin: number): Html {
  const last = points.at(-1)!;
  const percent = (value: number) => `${Number((value * 100).toFixed(3))} %`;
  return drawFigure({
    title: `Mean net return of a trade, with its confidence sequence${points.length < trades ? `: ${points.length} of ${trades} trades` : ''}`,
    plot: {
      label: `${title}: the mean ends at ${showPercent(last.mean)}, between ${showPercent(last.lower)} and ${showPercent(last.upper)}; the margin is ${showPercent(-margin)}.`,
      unit: 'net return of a trade; x: trades',
      x: {
        min: points.length > 1 ? points[0]!.trade : 0,
        max: last.trade,
        labels: [points.length > 1 ? points[0]!.trade : 0, last.trade].map(String),
      },
      y: numberAxis([-margin, ...points.flatMap(({ lower, upper, net }) => [lower, upper, net])], percent),
      series: [
        {
          name: 'confidence sequence',
          kind: 'band',
          look: 1,
          points: points.map(({ trade, lower, upper }) => [trade, lower, upper]),
        },
        { name: 'mean', kind: 'line', look: 1, points: points.map(({ trade, mean }) => [trade, mean]) },
        { name: 'each trade', kind: 'dots', look: 2, points: points.map(({ trade, net }) => [trade, net]) },
      ],
      level: { y: -margin, name: 'margin' },
    },
    table: {
      caption: 'The canary, trade after trade',
      columns: ['Trade', 'Net return', 'Mean', 'Lower bound', 'Upper bound'],
      rows: points.map(({ trade, net, mean, lower, upper }) => [
        trade,
        ...[net, mean, lower, upper].map((value) => showPercent(value)),
      ]),
    },
  });
}
