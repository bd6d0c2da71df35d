import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { meaningOf, reasonCodes, severities } from '../../../posture/explain/reason-codes';

// Apart from the other tests of the codes: it reads sources and docs, and a mutation run has changed the one and left out the other.

const root = path.resolve(__dirname, '..', '..', '..');
const inFolder = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('reason-codes.ts'))
    .map((name) => path.join(folder, name));

/** Where codes of decisions come from: the decision itself, and what reads its grounds. */
const sources = [
  ...inFolder('posture'),
  ...['dsse', 'store', 'trust-root', 'verify'].map((name) => `evidence/${name}.ts`),
  'ledger/grounds.ts',
];

const patterns = [
  /\bcode: '([a-z_]+)'/g,
  /\bagainst\(\s*'([a-z_]+)',\s*[`'"]/g,
  /\breturn \['([a-z_]+)',/g,
  /\bnew EvidenceError\(\s*'([a-z_]+)'/g,
  /[?:]\s*'(trust_root_[a-z_]+)'/g,
  /\?\?\s*'(trust_root_[a-z_]+)'/g,
  /: '(unverifiable)'/g,
];

/** `custom` is how a schema names a failure of its own. `evidence_exists` is about writing. */
const others = new Set(['custom', 'evidence_exists']);

const given = new Set(
  sources
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .flatMap((text) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, code]) => code!)))
    .filter((code) => !others.has(code)),
);

describe('the codes of reasons in sources and docs', () => {
  it('are all ranked and explained: every one that a decision can give', () => {
    expect([...given].filter((code) => !reasonCodes.includes(code))).toEqual([]);
  });

  it('are all given somewhere: none is explained that nothing gives', () => {
    expect(reasonCodes.filter((code) => !given.has(code))).toEqual([]);
  });

  it('are the table of docs/reasons.md, word for word', () => {
    const text = readFileSync(path.join(root, 'docs', 'reasons.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z_]+)` \| ([a-z]+) \| (.+) \|$/gm)].map(([, ...row]) => row);
    expect(rows).toEqual(reasonCodes.map((code) => [code, meaningOf(code).severity, meaningOf(code).meaning]));
    for (const [name, meaning] of Object.entries(severities)) expect(text).toContain(`- **${name}**: ${meaning}`);
  });
});
