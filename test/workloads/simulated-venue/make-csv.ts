/** Recorded five-minute candles, made up: `count` of them, the first `skip` intervals after a fixed date. */
export function makeCsv(count: number, skip = 0): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const close = 0.05 + 0.0001 * Math.sin(index + skip);
    return `${new Date(Date.UTC(2018, 0, 10) + (index + skip) * 300_000).toISOString()},${close},${close},${close},${close},1`;
  });
  return ['time,open,high,low,close,volume', ...lines, ''].join('\n');
}
