import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../config';
import { digestBytes } from '../../posture/digest';
import { type Posture, workloadNames } from '../../posture/posture';
import { livePosture, ReadyStack, type Stored } from '../helpers/ready-stack';
import { signAny, statementOf } from '../helpers/sign-any';

// Attack 8: another image (here: other code, or another model) than was proved, a tag alone, SHA-1.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const other = digestBytes('other code');

it.each(workloadNames)('the proof of one %s is none for another', (workload) => {
  const to: Posture = { ...livePosture, workloads: { ...livePosture.workloads, [workload]: other } };
  expect(stack.codes(to)).toEqual([
    'preflight:other_target',
    'snapshot:other_target',
    'canary:other_target',
    'drill:other_target',
    'approval:other_transition',
  ]);
});

it('the proof of one agent is none for the same agent with other code', () => {
  const [agent] = livePosture.agents;
  expect(stack.codes({ ...livePosture, agents: [{ ...agent!, source: other }] })).toContain('canary:other_target');
});

describe('a digest that is none', () => {
  /** The canary with its target named otherwise, properly signed. */
  function rename(digest: Record<string, string>): void {
    const statement = statementOf(stored.canary!.envelope);
    statement.subject[1].digest = digest;
    writeFileSync(stored.canary!.file, signAny(statement, stack.trust.signers.measure));
  }

  it.each([
    ['a tag', { tag: 'backend:latest' }],
    ['SHA-1', { sha1: 'a'.repeat(40) }],
    ['SHA-1 in the place of SHA-256', { sha256: 'a'.repeat(40) }],
  ])('in an evidence: %s', (_, digest) => {
    rename(digest);
    expect(stack.codes()).toContain('canary:malformed');
  });

  it.each(['latest', `sha1:${'a'.repeat(40)}`, 'a'.repeat(64)])('in a config: %s', (digest) => {
    const read = (value: string) =>
      readConfig(
        { 'cutover:model': JSON.stringify({ version: '1.0.0', path: 'models/1.0.0/model.onnx', digest: value }) },
        path.resolve(__dirname, '..', '..'),
      );
    expect(() => read(digest)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        details: expect.arrayContaining([expect.stringContaining('model.digest')]),
      }),
    );
  });
});
