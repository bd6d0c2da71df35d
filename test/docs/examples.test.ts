import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unknownWords } from '../helpers/unknown-words';

// What any of the documents tells a reader to type is there: the verb and every option of it. What the commands print is
// compared by the tests of what they do, and for the README's tour by that of first-promotion.md.

const root = path.resolve(__dirname, '..', '..');
const inFolder = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name));
const documents = [...inFolder('.'), ...inFolder('docs')];
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

/** Every `cutover ...` of a text that stands as code, in a block or in a line. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^(`{3,})(?:sh|console|yaml)\n(.*?)^\1/gms)].map(([, , block]) => block!);
  const spans = [...text.replace(/^(`{3,}).*?^\1/gms, '').matchAll(/`((?:npx )?cutover [^`]+)`/g)].map(
    ([, span]) => span!,
  );
  return [...blocks, ...spans]
    .flatMap((code) => [
      ...code.replace(/ \\\n +/g, ' ').matchAll(/(?:^|\$ |npx |run: |&& )cutover ([a-z][^\n;#|&)]*)/gm),
    ])
    .map(([, line]) => line!.replace(/"\$\([^"]*$/, '').trim());
}

describe('what the documents tell to type', () => {
  const all = documents.map((name) => ({ name, commands: commandsIn(read(name)) }));

  it('is found', () => {
    expect(all.flatMap(({ commands }) => commands).length).toBeGreaterThan(100);
  });

  it.each(all.filter(({ commands }) => commands.length > 0))('is there: $name', ({ commands }) => {
    for (const command of commands) expect(unknownWords(command), `cutover ${command}`).toEqual([]);
  });
});

/** The anchor that a heading gets. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

it.each(documents)('the links of %s lead somewhere', (name) => {
  const links = [...read(name).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  for (const [link, file, anchor] of links) {
    const target = file === '' ? path.join(root, name) : path.resolve(root, path.dirname(name), file!);
    expect(existsSync(target), link).toBe(true);
    if (anchor === undefined) continue;
    const anchors = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
    expect(anchors, link).toContain(anchor);
  }
});
