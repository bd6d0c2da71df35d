import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters, styleText } from 'node:util';

/** What one of the process's outputs can show. A file or a pipe is no terminal, and takes everything as it is. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Columns and rows, where it is a terminal that knows its size. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  /** Only a terminal shows colours, and none where NO_COLOR is set or TERM is dumb. */
  readonly colours: boolean;
  /** Whether a line can be written over. */
  readonly rewrites: boolean;
}

/** @param stream standard output or standard error */
export function readScreen(stream: Partial<WriteStream>, env: NodeJS.ProcessEnv = process.env): Screen {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    // A terminal that does not know its size says 0.
    columns: (isTerminal && stream.columns) || undefined,
    rows: (isTerminal && stream.rows) || undefined,
    // FORCE_COLOR chooses among terminals only: what a script reads stays plain.
    colours: isTerminal && stream.hasColors?.(env) === true,
    rewrites: isTerminal && env.TERM !== 'dumb',
  };
}

type Style = Parameters<typeof styleText>[0];

/** What is worth a colour in the text that verbs give: bad, doubtful, good. The first come before what they look back at. */
const marks: readonly (readonly [word: RegExp, style: Style])[] = [
  [/(?<=^Stack \S+: (?:HALTED, and )?)(?:one problem|\d+ problems)/, 'red'],
  [/(?<=^Stack \S+: (?:HALTED, otherwise )?)all well/, 'green'],
  [/(?<=^ {2}[a-z-]+ {2,})(?:healthy|running)\b/, 'green'],
  [/(?<=^ {2}[a-z-]+ {2,})(?:unhealthy|unresponsive|replaced|stopped)\b/, 'red'],
  [/^(?:Allowed|Verified)\b/, 'green'],
  [/^Warning:/, 'yellow'],
  [/^(?:Refused|cutover): /, ['red', 'bold']],
  [/^ *!(?= )/, ['red', 'bold']],
  [/\b(?:HALTED|REFUSED?|RISK LOCKED|NOT)\b/g, ['red', 'bold']],
];

/**
 * A text as a screen shows it. Off a terminal it is the text itself. At one, whoever wrote a name or a reason in it must
 * not be able to steer the terminal; and where it shows colours, what is wrong stands out.
 */
export function render(text: string, screen: Screen): string {
  if (!screen.isTerminal) return text;
  const plain = stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '?');
  return screen.colours ? plain.split('\n').map(paint).join('\n') : plain;
}

function paint(line: string): string {
  const style = (as: Style) => (word: string) => styleText(as, word, { validateStream: false });
  return marks.reduce((painted, [word, as]) => painted.replace(word, style(as)), line);
}
