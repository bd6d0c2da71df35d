import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readScreen, render, type Screen } from '../../../scripts/shared/screen';

/** A terminal as Node.js knows it, but for the device. */
const terminal: Partial<WriteStream> = {
  isTTY: true,
  columns: 80,
  rows: 24,
  hasColors: WriteStream.prototype.hasColors,
  getColorDepth: WriteStream.prototype.getColorDepth,
};
const xterm = { TERM: 'xterm-256color' };

describe('colours', () => {
  it.each<[boolean, Partial<WriteStream>, NodeJS.ProcessEnv]>([
    [true, terminal, xterm],
    [true, terminal, { ...xterm, NO_COLOR: '' }],
    [false, terminal, { ...xterm, NO_COLOR: '1' }],
    [false, terminal, { TERM: 'dumb' }],
    [false, terminal, { ...xterm, FORCE_COLOR: '0' }],
    [false, {}, xterm],
    [false, {}, { ...xterm, FORCE_COLOR: '3' }],
  ])('%s for %o with %o', (expected, stream, env) => {
    expect(readScreen(stream, env).colours).toBe(expected);
  });
});

it('knows the size of a terminal alone, and of one that knows it', () => {
  expect(readScreen(terminal, xterm)).toMatchObject({ isTerminal: true, columns: 80, rows: 24, rewrites: true });
  expect(readScreen({ ...terminal, columns: 0, rows: 0 }, xterm)).toMatchObject({
    columns: undefined,
    rows: undefined,
  });
  expect(readScreen({ columns: 80, rows: 24 }, xterm)).toMatchObject({
    isTerminal: false,
    columns: undefined,
    rows: undefined,
    rewrites: false,
  });
  expect(readScreen(terminal, { TERM: 'dumb' }).rewrites).toBe(false);
});

const coloured: Screen = readScreen(terminal, xterm);
const plain: Screen = readScreen(terminal, { ...xterm, NO_COLOR: '1' });
const pipe: Screen = readScreen({}, xterm);

it('paints what is wrong red, what is doubtful yellow, what is well green', () => {
  const text = [
    'Stack main: HALTED, and 2 problems',
    '  ! orchestrator is stopped: it is not started',
    '  HALTED since 2026-11-21T11:30:19.205Z by ada: spread. Live trading is barred.',
    '  backend       running       12  http://127.0.0.1:8000',
    '  orchestrator  stopped       -',
    '  stack healthy  8.9 s',
    'Warning: the packs cannot be used',
    'Refused: stack main may not change to this posture. Nothing was changed.',
    'Stack main: all well.',
  ].join('\n');
  const painted = render(text, coloured);
  const words = painted.replaceAll('\u001b[1m', '').replaceAll('\u001b[22m', '').replaceAll('\u001b', '');
  expect([...words.matchAll(/\[(3\d)m(.*?)\[39m/g)].map(([, colour, word]) => `${colour} ${word}`)).toEqual([
    '31 HALTED',
    '31 2 problems',
    '31   !',
    '31 HALTED',
    '32 running',
    '31 stopped',
    '33 Warning:',
    '31 Refused: ',
    '32 all well',
  ]);
  expect(stripVTControlCharacters(painted)).toBe(text);
  expect(render(text, plain)).toBe(text);
  expect(render(text, pipe)).toBe(text);
});

it('lets nobody who wrote a reason steer the terminal', () => {
  const text = 'by eve: \u001b[2J\u001b]0;title\u0007gone\r\u202eevil\u0008\n\tnext';
  for (const screen of [coloured, plain]) {
    expect(render(text, screen)).toMatch(/^by eve: gone\?\?evil\?\n\tnext$/);
  }
  expect(render(text, pipe)).toBe(text);
});
