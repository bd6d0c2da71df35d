import { showable } from '../describe-decision';

/**
 * Breaks a text into lines of at most a width, at its spaces. A word that is longer keeps its line for itself: a digest or
 * a file's name that was broken could not be copied.
 * @param first what the first line begins with; the others are indented as far
 */
export function wrap(first: string, text: string, width: number, indent = ' '.repeat(first.length)): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of showable(text).split(' ').filter(Boolean)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}
