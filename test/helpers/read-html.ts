/** An element of a page, with what it holds. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

const token =
  /<!doctype html>|<!--.*?-->|<(?<end>\/?)(?<name>[a-z][a-z0-9]*)(?<attributes>(?:\s+[a-zA-Z-]+="[^"]*")*)(?<empty>\/?)>|(?<text>[^<>]+)/gsy;
const empty = new Set(['meta', 'br']);
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/**
 * Reads a page that is written strictly, as ours are: every element ended, every attribute quoted, nothing left to a
 * browser's guesses.
 * @throws Error where it is written otherwise
 */
export function readHtml(page: string): Element {
  const root = { name: 'page', attributes: {}, children: [] as (Element | string)[] };
  const open = [root];
  let at = 0;
  for (const match of page.matchAll(token)) {
    const { end, name = '', attributes = '', empty: ended, text } = match.groups!;
    at += match[0].length;
    const inside = open.at(-1)!;
    if (text !== undefined) inside.children.push(readText(text));
    else if (end) {
      if (open.pop()!.name !== name) throw new Error(`<${inside.name}> is ended by </${name}>`);
    } else if (name) {
      const element = { name, attributes: readAttributes(attributes), children: [] };
      inside.children.push(element);
      if (!ended && !empty.has(name)) open.push(element);
    }
  }
  if (at !== page.length) throw new Error(`expected HTML, found ${page.slice(at, at + 80)}`);
  if (open.length > 1) throw new Error(`<${open.at(-1)!.name}> is not ended`);
  return root;
}

const readAttributes = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, readText(value!)]));

const readText = (text: string): string =>
  text.replace(/&([a-z]+|#39);/g, (written, name: string) => entities[name] ?? written);

/** Every element in an element, itself not, that the test holds for; in the order of the page. */
export const findAll = (inside: Element, isOne: (one: Element) => boolean): Element[] =>
  inside.children.flatMap((child) =>
    typeof child === 'string' ? [] : [...(isOne(child) ? [child] : []), ...findAll(child, isOne)],
  );

/** All text in an element. */
export const textOf = ({ children }: Element): string =>
  children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
