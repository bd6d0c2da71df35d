import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type EvidenceKind, signerOf } from '../../posture/proof';
import { ReadyStack, type Stored } from '../helpers/ready-stack';

// Attack 1: no evidence, an empty bundle.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
});
afterEach(() => stack.destroy());

const kinds = (Object.keys(signerOf) as EvidenceKind[]).filter((kind) => kind !== 'watch' && kind !== 'soak');

it('live is allowed with every proof', () => {
  expect(stack.codes()).toEqual([]);
});

it('live is refused without any, each missing proof by name', () => {
  rmSync(stack.place.evidence, { recursive: true });
  expect(stack.codes()).toEqual(kinds.map((kind) => `${kind}:missing`));
});

it.each(kinds)('live is refused without its %s', (kind) => {
  rmSync(stored[kind]!.file);
  expect(stack.codes()).toContain(`${kind}:missing`);
});

it.each(kinds)('an empty bundle is no %s', (kind) => {
  for (const [content, code] of [
    ['', 'malformed'],
    ['{}', 'malformed'],
    ['[]', 'malformed'],
    [JSON.stringify({ ...JSON.parse(stored[kind]!.envelope), signatures: [] }), 'unsigned'],
  ] as const) {
    writeFileSync(stored[kind]!.file, content);
    expect(stack.codes(), content).toContain(`${kind}:${code}`);
  }
});
