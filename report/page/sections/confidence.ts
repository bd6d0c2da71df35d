import { countAxis } from '../chart/axis';
import { drawFigure } from '../chart/figure';
import type { ReportData } from '../data';
import { type ConfidenceData, confidenceBins } from '../gather/trades';
import { type Html, html } from '../html';
import { countOf } from '../show';
import { missingNote, note, type Section } from './section';

/** How sure the models were, of each trade that the backend was asked for. */
export function confidenceSection({ confidence }: ReportData): Section {
  const body = 'missing' in confidence ? missingNote(confidence.missing) : drawHistograms(confidence.found);
  return { id: 'confidence', title: 'Confidence of the models', body };
}

function drawHistograms({ histograms, older }: ConfidenceData): Html {
  if (histograms.every(({ total }) => total === 0)) return missingNote('the backend has recorded no trade');
  const names = histograms.map(({ version }) => (version === null ? 'model not logged' : `model ${version}`));
  const shares = histograms.map(({ counts, total }) =>
    counts.map((count) => (total === 0 ? 0 : (100 * count) / total)),
  );
  const width = 1 / confidenceBins;
  const part = (width * 0.9) / histograms.length;
  const totals = histograms.map(({ total }, index) => `${names[index]} ${countOf(total, 'trade')}`).join(', ');
  const bins = Array.from({ length: confidenceBins }, (_, bin) => bin * width);
  return html`${drawFigure({
    title: `Confidence of ${totals}`,
    plot: {
      label: `Histogram of confidence from 0 to 1, share of each model's trades: ${totals}.`,
      unit: "% of the model's trades; x: confidence",
      x: { min: 0, max: 1, labels: ['0', '0.25', '0.5', '0.75', '1'] },
      y: countAxis(shares.flat()),
      series: histograms.map((_, index) => ({
        name: names[index]!,
        kind: 'bars',
        look: ([1, 2, 4] as const)[index]!,
        points: bins.map((from, bin) => {
          const left = from + width * 0.05 + part * index;
          return [left, left + part, 0, shares[index]![bin]!] as const;
        }),
      })),
    },
    table: {
      caption: 'Trades by confidence',
      columns: ['Confidence', ...names],
      rows: bins.map((from, bin) => [
        `${from.toFixed(2)} to ${(from + width).toFixed(2)}`,
        ...histograms.map(({ counts }) => counts[bin]!),
      ]),
    },
  })}
${note("The trade record does not name the model: each trade counts for the model that the model service's log says was loaded last.")}
${older > 0 && note(`${countOf(older, 'trade')} of older models are left out.`)}`;
}
