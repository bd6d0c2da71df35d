import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Has a canary of a stack's evidence say more trades than were signed for.
 * @returns its file's name, and what puts back what was there
 */
export function forgeCanary(folder: string): { readonly name: string; undo(): void } {
  const name = readdirSync(folder).find((one) => one.startsWith('canary-'));
  if (name === undefined) throw new Error(`expected a canary in ${folder}`);
  const file = path.join(folder, name);
  const before = readFileSync(file, 'utf8');
  const envelope = JSON.parse(before);
  const said = Buffer.from(envelope.payload, 'base64').toString();
  const forged = said.replace('"trades":', '"trades":9');
  if (forged === said) throw new Error(`expected a count of trades in ${file}`);
  writeFileSync(file, JSON.stringify({ ...envelope, payload: Buffer.from(forged).toString('base64') }));
  return { name, undo: () => writeFileSync(file, before) };
}
