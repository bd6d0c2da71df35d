import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { CutoverError, exitCodes } from '../../errors';
import { ticker } from './ticker';

/**
 * Asks for a secret at the terminal, without showing it. There is no other way to give one: no option, variable, pipe or
 * file, so that nothing that runs by itself can approve.
 * @throws CutoverError `terminal_needed` (exit code 3) without a terminal, `cancelled` on Ctrl-C or end of input
 */
export function askSecret(question: string): Promise<string> {
  return ask(question, false);
}

/**
 * Asks a question with yes or no at the terminal; everything but y and yes is a no.
 * @throws as `askSecret`
 */
export async function askYesNo(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask(`${question} [y/N] `, true)).trim());
}

/** Whether somebody sits at a terminal. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true;
}

async function ask(question: string, visible: boolean): Promise<string> {
  const handle = openTerminal();
  const input = new ReadStream(handle);
  try {
    // Raw before the question is shown: whatever is typed after it is read with the echo off.
    input.setRawMode(true);
    ticker.hold();
    process.stderr.write(question);
    return await readLine(input, visible);
  } finally {
    input.setRawMode(false);
    input.destroy();
    process.stderr.write('\n');
    ticker.release();
  }
}

function openTerminal(): number {
  if (hasTerminal()) {
    try {
      return openSync('/dev/tty', 'r+');
    } catch {
      // no controlling terminal
    }
  }
  throw new CutoverError('terminal_needed', 'this is answered at a terminal only, and standard input is none', {
    exitCode: exitCodes.refused,
    details: ['Run the command yourself in a terminal; --yes, pipes and environment variables do not help.'],
  });
}

const enter = ['\r', '\n'];
const [endOfText, endOfInput, backspace, del] = ['\u0003', '\u0004', '\b', '\u007f'];

function readLine(input: ReadStream, visible: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const cancel = () => reject(new CutoverError('cancelled', 'cancelled', { exitCode: exitCodes.refused }));
    input.setEncoding('utf8');
    input.once('end', cancel).once('error', reject);
    input.on('data', (chunk: string) => {
      for (const key of chunk) {
        if (enter.includes(key)) return resolve(line);
        if (key === endOfText || key === endOfInput) return cancel();
        if (key === backspace || key === del) line = line.slice(0, -1);
        else line += key;
        if (visible) process.stderr.write(key);
      }
    });
  });
}
