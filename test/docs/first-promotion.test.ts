import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { unknownWords } from '../helpers/unknown-words';

// docs/first-promotion.md is what somebody typed who had nothing but the README, and what was printed. Here both are held
// to each other, and the record to the time that it claims.

const docs = path.resolve(__dirname, '..', '..', 'docs');
const record = readFileSync(path.join(docs, 'first-promotion.md'), 'utf8');
const tour = readFileSync(path.join(docs, '..', 'README.md'), 'utf8').split('**Back to the live posture before.**')[0]!;

interface Typed {
  readonly command: string;
  readonly printed: readonly string[];
}

/** What is typed in a text's shell blocks, but for the test run, which is no step of the way. */
function typedIn(text: string): Typed[] {
  const blocks = [...text.matchAll(/^```(sh|console)\n(.*?)^```/gms)].map(([, language, block]) =>
    language === 'sh' ? `$ ${block}` : block!,
  );
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((typed) => {
      const [command = '', ...printed] = typed
        .replace(/ \\\n +/g, ' ')
        .trimEnd()
        .split('\n');
      return { command, printed };
    })
    .filter(({ command }) => !command.endsWith('npm test'));
}

const inRecord = typedIn(record);
const inTour = typedIn(tour);

it('has the commands of the README, in their order', () => {
  expect(inTour.length).toBeGreaterThan(15);
  expect(inRecord.map(({ command }) => command)).toEqual(inTour.map(({ command }) => command));
});

it('has commands that there are', () => {
  const lines = inRecord.flatMap(({ command }) =>
    [...command.matchAll(/npx cutover ([^;)]+)/g)].map(([, line]) => line!),
  );
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) expect(unknownWords(line), line).toEqual([]);
});

/** A line without what is another at each run; `...` stands for anything. */
function patternOf(line: string): RegExp {
  const literal = line.split('...').map((part) => without(part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}\\s*$`);
}
const without = (line: string) =>
  line.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/\b[0-9a-f]{10,}\b|\d+(\.\d+)?(e-?\d+)?/g, '0');

it.each(inTour.map((typed, index) => ({ ...typed, index })))(
  'the README shows of "$command" what was printed',
  (typed) => {
    let left = (inRecord[typed.index]?.printed ?? []).map(without);
    for (const line of typed.printed.filter((one) => one !== '...')) {
      const at = left.findIndex((one) => patternOf(line).test(one));
      expect(at, `${line}\nin\n${left.join('\n')}`).toBeGreaterThanOrEqual(0);
      left = left.slice(at + 1);
    }
  },
);

it('is linked from the README, and its links lead somewhere', () => {
  expect(tour).toContain('](docs/first-promotion.md)');
  const links = [...record.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(existsSync(path.join(docs, link)), link).toBe(true);
});

it('names nothing of the machine that it was made on', () => {
  expect(record).not.toMatch(/\/(?:root|home|tmp|work|Users)\//);
});

it('adds up, to less than a quarter of an hour', () => {
  const rows = [...record.matchAll(/^\| (\S.*?) \| (\d+:\d\d) \| (\d+:\d\d) \|$/gm)];
  const seconds = (text: string) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const sums = [2, 3].map((column) => rows.slice(0, -1).reduce((sum, row) => sum + seconds(row[column]!), 0));
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.at(-1)![1]).toBe('**Together**');
  expect(rows.at(-1)!.slice(2).map(seconds)).toEqual(sums);
  expect(sums[0]).toBeLessThan(15 * 60);
});
