import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { linesBetween } from '../../../scripts/shared/log-window';

const start = Date.parse('2026-01-02T03:04:00Z');
const lineAt = (seconds: number) => JSON.stringify({ level: 'INFO', time: new Date(start + seconds * 1000) });
const between = (lines: string[], from: number, to: number) =>
  linesBetween(lines.join('\n'), start + from * 1000, start + to * 1000);

describe('linesBetween', () => {
  test.prop([fc.array(fc.nat({ max: 60 })), fc.nat({ max: 60 }), fc.nat({ max: 60 })])(
    'keeps exactly the lines of the window',
    (seconds, from, length) => {
      const sorted = [...seconds].sort((one, other) => one - other);
      const kept = sorted.filter((at) => at >= from && at <= from + length);
      expect(between(sorted.map(lineAt), from, from + length)).toBe(kept.map((at) => `${lineAt(at)}\n`).join(''));
    },
  );

  it('takes a line without a time for one of the line before', () => {
    const log = [
      'early crash',
      lineAt(0),
      'of 0',
      lineAt(10),
      '    at stack',
      'null',
      '{"time": 7}',
      lineAt(20),
      'of 20',
    ];
    expect(between(log, 10, 19)).toBe(`${lineAt(10)}\n    at stack\nnull\n{"time": 7}\n`);
  });
});
