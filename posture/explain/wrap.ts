import { showable } from '../describe-decision';
import { widthOf } from './text-width';

/**
 * Breaks a text into lines of at most a width, at its spaces. A word that is longer keeps its line for itself: a digest or
 * a file's name that was broken could not be copied.
 * @param first what the first line begins with; the others are indented as far
 */
export function wrap(first: string, text: string, width: number, indent = ' '.repeat(widthOf(first))): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of showable(text).split(' ').filter(Boolean)) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}
