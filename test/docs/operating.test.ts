import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { preflightChecks } from '../../evidence/checks/index';
import { allRules } from '../../workloads/guardian/rules/all-rules';
import { unknownWords } from '../helpers/unknown-words';

// docs/operating.md says which command each item of the operators' runbooks has; here that is held to be complete and true.

/** The items, by how many each section has. */
const sections = { A2: 5, A3: 4, A4: 6, A5: 5, A6: 4, A7: 2, A8: 3, B1: 3, B2: 3, B3: 3, B4: 3, B5: 3, B6: 3 };
const ids = Object.entries(sections).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
);

const text = readFileSync(path.resolve(__dirname, '..', '..', 'docs', 'operating.md'), 'utf8');
const rows = [...text.matchAll(/^\| ([AB]\d\.\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, id, item, command, proof]) => ({ id: id!, item: item!, command: command!, proof: proof! }),
);

it('every item of both runbooks has one row', () => {
  expect(rows.map(({ id }) => id)).toEqual(ids);
});

it('says how many items have no command yet', () => {
  const without = rows.filter(({ command }) => command === 'none yet');
  expect(text).toContain(`**${without.length} of ${ids.length}** have none`);
});

describe.each(rows)('$id', ({ command, proof }) => {
  it('names what exists', () => {
    if (command === 'none yet') return;
    const [, rule] = /^guardian's rule `([^`]+)`$/.exec(command) ?? [];
    if (rule) {
      expect(allRules.map(({ name }) => name)).toContain(rule);
      return;
    }
    const lines = [...command.matchAll(/`cutover ([^`]+)`/g)].map((found) => found[1]!);
    expect(lines).not.toEqual([]);
    for (const line of lines) expect(unknownWords(line), line).toEqual([]);
  });

  it('names only checks that a preflight makes', () => {
    const names = preflightChecks.map(({ name }) => name);
    for (const sentence of proof.match(/Its checks? "[^.:]+/g) ?? [])
      for (const [, name] of sentence.matchAll(/"([^"]+)"/g)) expect(names).toContain(name);
  });
});
