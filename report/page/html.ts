/** Text that is HTML already: everything in it that came from outside was escaped. Only `html` makes one. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

/**
 * HTML from a template. Every value is escaped, but for what `html` itself has made; lists are joined, and nothing stands
 * for null, undefined and false.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((made, text, index) => `${made}${show(values[index - 1])}${text}`));
}

function show(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(show).join('');
  if (part === null || part === undefined || part === false) return '';
  return escapeText(String(part));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Control characters, line and paragraph separators, marks that turn the direction of the text around them, and halves of
 * pairs: a name with them would read as another one.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/gu;

/** Text for an element or a quoted attribute. What nobody can see is named, such as `[U+202E]`. */
export function escapeText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(unseen, (character) => `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/[&<>"']/g, (character) => entities[character]!);
}
