// Everything in a record that somebody else has written (names, values, notes, reasons) is shown through these two. Outside
// code spans nothing of it but plain ASCII words is left: no markup, no HTML, no mention, no link, no sign of a math or
// an emoji, nothing invisible. A backslash alone would not do: GitHub looks for mentions and issues after Markdown is read.

/** How much of one text is shown, characters. */
const mostShown = 300;

/** Controls, format characters (bidirectional ones, zero width), lone surrogates, marks, what else has no shape of its own. */
const invisible = /[\p{C}\p{M}\p{Z}\u115f\u1160\u2800\u3164\uffa0‹]/gu;

const nameCode = (char: string) => `‹U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}›`;

/** A text in which every character can be seen: what cannot stands as its code, such as ‹U+202E›. */
export function visible(text: string): string {
  // One space between two words is seen as such; more of them, or at an end, would be lost.
  return text
    .replace(invisible, (char) => (char === ' ' ? char : nameCode(char)))
    .replace(/^ | $|(?<= ) /g, nameCode(' '));
}

/** The beginning of a text, with how much more there is. */
export function shorten(text: string, most = mostShown): string {
  if (text.length <= most) return text;
  // Not in the middle of a character.
  const end = /[\ud800-\udbff]/.test(text[most - 1] ?? '') ? most - 1 : most;
  return `${text.slice(0, end)}… (${text.length - end} more characters)`;
}

/** How much longer a text may become by what is escaped in it. Beyond that less of it is shown. */
const mostGrowth = 4;
const fewest = 20;

/** The text as long as it may be that is rendered within its bounds. */
function bounded(render: (most: number) => string, most: number): string {
  const rendered = render(most);
  return rendered.length <= most * mostGrowth || most <= fewest ? rendered : bounded(render, Math.floor(most / 2));
}

/** A name or value as Markdown code, in a table or not, exactly as it is. */
export const code = (text: string, most = mostShown): string => bounded((some) => renderCode(text, some), most);

function renderCode(text: string, most: number): string {
  const shown = visible(shorten(text, most));
  if (shown === '') return '(empty)';
  if (!/[`|\\]/.test(shown)) return `\`${shown}\``;
  // A pipe would end a table's cell, and no number of backticks keeps it from that.
  return `<code>${shown.replace(/[^\p{L}\p{N} ]/gu, (char) => `&#${char.codePointAt(0)};`)}</code>`;
}

/** A sentence that holds others' words: its plain words as they are, each other word as code. On one line. */
export const prose = (text: string, most = mostShown): string => bounded((some) => renderProse(text, some), most);

function renderProse(text: string, most: number): string {
  const words = shorten(text.trim().replace(/[ \t\r\n]+/g, ' '), most).match(wordOrCommand) ?? [];
  return words.map((word, index) => (isPlain(word, index === 0) ? word : codeWord(word))).join(' ');
}

/** A command of ours is one word, so that it can be copied. */
const wordOrCommand =
  /cutover (?:up|down|halt|rollback|promote|approve|incident close)(?: --[a-z]+ [\w.-]*\w)*[,.;:)]*|[^ ]+/g;

/** A word as code, but for what stands around it. */
function codeWord(word: string): string {
  const [, before = '', core = word, after = ''] = /^([("']*)(.+?)([)"',.;:]*)$/su.exec(word) ?? [];
  return `${before}${isTime(core) ? core : code(core)}${after}`;
}

const isTime = (word: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(word);

/** Whether a word is nothing but a word: no markup, no link, no commit, no issue, no mention. */
function isPlain(word: string, isFirst: boolean): boolean {
  if (word === '->') return !isFirst;
  if (!/^["'(]*[A-Za-z0-9][A-Za-z0-9,.;'"()/%-]*:?$/.test(word)) return false;
  if (isFirst && /^\d+[.)]$/.test(word)) return false;
  return !/\bwww\.|\b[0-9a-f]{7,}\b|\bgh-\d/i.test(word);
}
