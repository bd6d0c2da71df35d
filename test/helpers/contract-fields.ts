import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageDir } from '../../package-dir';

const contract = path.join(packageDir(), 'docs', 'contract.md');

/** The fields that docs/contract.md promises of a verb's JSON, sorted. @throws Error where it says nothing of the verb */
export function contractFields(verb: 'preview' | 'up'): string[] {
  const line = readFileSync(contract, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`- \`${verb}\`: `));
  if (line === undefined) throw new Error(`${contract}: expected a line on the JSON of ${verb}`);
  const named = line.slice(line.indexOf(':')).replace(/\([^)]*\)/g, '');
  return [...named.matchAll(/`(\w+)`/g)].map(([, name]) => name!).sort();
}
