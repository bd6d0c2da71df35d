import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  kindsToLive as kinds,
  kindsToSecondAgent,
  livePosture,
  ReadyStack,
  type Stored,
  secondAgent,
} from '../helpers/ready-stack';

// Attack 1: no evidence, an empty bundle.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
});
afterEach(() => stack.destroy());

it('live is allowed with every proof', () => {
  expect(stack.codes()).toEqual([]);
});

it('live is refused without any, each missing proof by name', () => {
  rmSync(stack.place.evidence, { recursive: true });
  expect(stack.codes()).toEqual(kinds.map((kind) => `${kind}:missing`));
});

it.each(kinds)('live is refused without its %s', (kind) => {
  rmSync(stored[kind]!.file);
  expect(stack.codes()).toEqual([`${kind}:missing`]);
});

it.each(kinds)('an empty bundle is no %s', (kind) => {
  for (const [content, code] of [
    ['', 'malformed'],
    ['{}', 'malformed'],
    ['[]', 'malformed'],
    [JSON.stringify({ ...JSON.parse(stored[kind]!.envelope), signatures: [] }), 'unsigned'],
  ] as const) {
    writeFileSync(stored[kind]!.file, content);
    expect(stack.codes(), content).toEqual([`${kind}:${code}`]);
  }
});

it.each(kindsToSecondAgent)('a second agent is refused without its %s, or with an empty one', (kind) => {
  stack.standLive();
  stored = stack.proveAnew(livePosture, secondAgent);
  expect(stack.codes(secondAgent)).toEqual([]);
  writeFileSync(stored[kind]!.file, '{}');
  expect(stack.codes(secondAgent)).toEqual([`${kind}:malformed`]);
  rmSync(stored[kind]!.file);
  expect(stack.codes(secondAgent)).toEqual([`${kind}:missing`]);
});
