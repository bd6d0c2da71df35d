import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Ticker } from '../../../scripts/shared/ticker';

let shown: string;
const stream = (isTTY: boolean) => {
  shown = '';
  return {
    isTTY,
    write: (text: string) => {
      shown += text;
      return true;
    },
  };
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const clear = '\r\u001b[2K';

it('tells the time after a second without a word, and takes it away again', () => {
  const ticker = new Ticker(stream(true));
  ticker.start('verify', false);
  vi.advanceTimersByTime(900);
  expect(shown).toBe('');
  vi.advanceTimersByTime(1_200);
  expect(shown).toBe(`${clear}verify ... 1 s${clear}verify ... 2 s`);
  ticker.tell('half done');
  expect(shown.endsWith(`2 s${clear}half done\n`)).toBe(true);
  vi.advanceTimersByTime(900);
  expect(shown.endsWith('half done\n')).toBe(true);
  vi.advanceTimersByTime(100);
  expect(shown.endsWith(`${clear}verify ... 3 s`)).toBe(true);
  ticker.stop();
  expect(shown.endsWith(`3 s${clear}`)).toBe(true);
  const before = shown;
  vi.advanceTimersByTime(5_000);
  expect(shown).toBe(before);
});

it('is quiet while something waits for a person', () => {
  const ticker = new Ticker(stream(true));
  ticker.start('approve', false);
  vi.advanceTimersByTime(1_000);
  ticker.hold();
  const before = shown;
  expect(before.endsWith(clear)).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect(shown).toBe(before);
  ticker.release();
  vi.advanceTimersByTime(1_000);
  expect(shown).toBe(`${before}${clear}approve ... 62 s`);
});

it.each([
  ['a pipe', false, 'xterm', false],
  ['a script that asked for JSON', true, 'xterm', true],
  ['a terminal that cannot rewrite a line', true, 'dumb', false],
])('tells %s what is told and nothing else', (_, isTTY, term, json) => {
  vi.stubEnv('TERM', term);
  const ticker = new Ticker(stream(isTTY));
  ticker.start('canary', json);
  vi.advanceTimersByTime(10_000);
  ticker.tell('canary: 10 trades');
  ticker.stop();
  expect(shown).toBe('canary: 10 trades\n');
});
