import { afterEach, describe, expect, it, vi } from 'vitest';
import { allVerbs } from '../../scripts/all-verbs';
import { main } from '../../scripts/cutover';
import { unknownWords } from '../helpers/unknown-words';

afterEach(() => {
  vi.restoreAllMocks();
});

async function help(...words: string[]): Promise<string> {
  let shown = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    shown += text;
    return true;
  });
  expect(await main([...words, '--help'])).toBe(0);
  return shown;
}

it('cutover --help names every verb once', async () => {
  const shown = await help();
  const names = [...shown.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name]) => name);
  expect(names).toEqual(allVerbs.map(({ name }) => name));
});

describe.each(allVerbs)('$name', ({ name, examples }) => {
  it('shows its examples', async () => {
    const shown = await help(name);
    expect(examples.length).toBeGreaterThan(0);
    expect(shown).toContain('\nExamples:\n');
    for (const [command, meaning] of examples) expect(shown).toContain(`  $ ${command}\n      ${meaning}\n`);
  });

  it('has examples of itself, with options that it has', () => {
    for (const [command] of examples) {
      if (command === `npm ${name}`) continue;
      // One is for a shell to evaluate.
      const [, line = ''] = /\bcutover (.*?)(?:\)"|$)/.exec(command) ?? [];
      expect(line.split(' ')[0]).toBe(name);
      expect(unknownWords(line), command).toEqual([]);
    }
  });
});
