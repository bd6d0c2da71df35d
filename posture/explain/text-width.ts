/** What terminals draw two columns wide: East Asian wide and full-width characters, and what is shown as an emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** What takes no column of its own: marks on the character before, controls and what only formats. */
const without = /[\p{Mn}\p{Me}\p{Cc}\p{Cf}]/u;

/**
 * How many columns of a terminal a text takes. Node.js has no public function for it, and what we show (names, reasons)
 * is worth these lines, not a dependency: where several emoji are drawn as one, it counts each, which is too wide at worst.
 */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** A text that takes at most so many columns; one that had to be cut ends in `...`. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let left = columns - '...'.length;
  for (const character of text) {
    left -= columnsOf(character);
    if (left < 0) break;
    kept += character;
  }
  return `${kept.trimEnd()}...`;
}

function columnsOf(character: string): number {
  if (without.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
