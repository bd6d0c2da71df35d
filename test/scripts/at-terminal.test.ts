import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAtTerminal } from '../helpers/pty';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

// What a verb shows at a real pseudo-terminal, and what it gives to a pipe.

const node = path.resolve(__dirname, '..', '..', 'node_modules', '.bin', 'node');

let project: SmallProject;
/** The same as a pipe is given it. */
let piped: string;
beforeAll(async () => {
  project = await makeSmallProject();
  const { stdout } = await project.run(['status']);
  piped = `${stdout}\n`;
});
afterAll(() => project.destroy());

/** Runs `status` of a stack that was never brought up at a terminal of 80 columns. */
async function status(rows: number, env: NodeJS.ProcessEnv, ...options: string[]): Promise<string> {
  // As a person's shell has it: what says that this is CI, or which colours are wanted, would decide on the colours.
  const { PATH, HOME } = process.env;
  const sized = `stty rows ${rows} cols 80; exec "$@"`;
  const command = ['sh', '-c', sized, 'sh', node, path.join(project.dir, 'main.js'), 'status', ...options];
  const run = await runAtTerminal(command, [], {
    cwd: project.dir,
    env: { PATH, HOME, TERM: 'xterm-256color', ...env },
  });
  expect(run.exitCode).toBe(4);
  // A slow machine shows for how long it has been at work; that goes away again.
  const parts = run.screen.split('\r\u001b[2K').map((part) => part.replace(/^status \.\.\. \d+ s/, ''));
  return parts.join('').replaceAll('\r\n', '\n');
}

const colour = '\u001b[3';

it('is coloured, and else what a pipe is given', async () => {
  const shown = await status(40, {});
  expect(shown).toContain(`${colour}1m6 problems`);
  expect(stripVTControlCharacters(shown)).toBe(piped);
  expect(piped).not.toContain('\u001b');
});

it('is plain with NO_COLOR, and on a terminal that is dumb', async () => {
  for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) expect(await status(40, env)).toBe(piped);
});

it('is plain in JSON', async () => {
  expect(JSON.parse(await status(40, {}, '--json'))).toMatchObject({ stack: 'main', ok: false });
});

it('fits the screen, and is whole with --all', async () => {
  const small = stripVTControlCharacters(await status(10, {}))
    .trimEnd()
    .split('\n');
  expect(small.length).toBeLessThanOrEqual(8);
  expect(small[0]).toBe('Stack main: 6 problems');
  expect(small.join('\n')).toMatch(/^ {2}! and \d more: cutover status --all$/m);
  expect(stripVTControlCharacters(await status(10, {}, '--all'))).toBe(piped);
});
