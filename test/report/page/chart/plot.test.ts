import { expect, it } from 'vitest';
import { drawPlot } from '../../../../report/page/chart/plot';

const axis = { min: 0, max: 10, labels: ['0', '10'] };
const draw = (series: Parameters<typeof drawPlot>[0]['series']) =>
  drawPlot({
    label: 'a <plot>',
    unit: 'things',
    x: axis,
    y: axis,
    series,
    marks: [{ x: 5, kind: 'halt' }],
    level: { y: 2, name: 'margin' },
  }).text;

it('has a point for each that it is given, where it belongs', () => {
  expect(
    draw([
      {
        name: 'one',
        kind: 'dots',
        look: 1,
        points: [
          [0, 0],
          [10, 10],
        ],
      },
    ]),
  ).toContain('d="M0.0 300.0h0M1000.0 0.0h0"');
  expect(
    draw([
      {
        name: 'one',
        kind: 'line',
        look: 1,
        points: [
          [0, 0],
          [1, 1],
          [2, null],
          [3, 3],
        ],
      },
    ]),
  ).toContain('d="M0.0 300.0L100.0 270.0M300.0 210.0"');
  expect(draw([{ name: 'one', kind: 'bars', look: 1, points: [[0, 1, 0, 5]] }])).toContain(
    'd="M0.0 300.0V150.0H100.0V300.0Z"',
  );
  expect(
    draw([
      {
        name: 'one',
        kind: 'band',
        look: 1,
        points: [
          [0, 1, 2],
          [10, 1, 2],
        ],
      },
    ]),
  ).toContain('d="M0.0 240.0L1000.0 240.0L1000.0 270.0L0.0 270.0Z"');
});

it('is told to who cannot see it, and names every series, mark and level', () => {
  const text = draw([{ name: 'a & b', kind: 'line', look: 2, points: [] }]);
  expect(text).toContain('role="img" aria-label="a &lt;plot&gt;"');
  for (const name of ['a &amp; b', 'margin', 'halt']) expect(text).toMatch(new RegExp(`</svg>${name}</li>`));
  expect(text).not.toContain('</svg>grant');
});
