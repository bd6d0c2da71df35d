import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { GatewayMachine } from '../../protocol/gateway-machine';
import type { SignedPermit, Verifier } from '../../protocol/messages';
import { haltStack } from '../../scripts/halt';
import { fakeOperations } from '../helpers/fake-operations';
import { ReadyStack } from '../helpers/ready-stack';

// Attack 27, the rest of it (test/attacks/down-is-free.test.ts has rises and falls): the halt passes all the same.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

it('a halt passes with ledger, trust root and keys unreadable', async () => {
  for (const file of [stack.files.ledger, stack.files.trustRoot, stack.files.key]) writeFileSync(file, 'garbage');
  const operations = fakeOperations(stack.folder);
  const report = await haltStack('main', operations, 'keys are gone');
  expect(report).toMatchObject({ halted: true, problems: [] });
  expect(existsSync(path.join(operations.dataOf('gateway'), 'halt.json'))).toBe(true);
});

describe('a gateway whose verifier crashes', () => {
  const genesis = digestBytes('genesis');
  const pins = { account: { venue: 'simulated', id: 'one' }, stack: 'main', genesis };
  const crash = () => {
    throw new Error('the verifier crashed');
  };
  const crashing: Verifier = { guardian: crash, approver: crash, instance: crash };
  const disk = { token: 0, ledger: { seq: 0, head: genesis }, halts: [], orders: [] };
  const start = () =>
    new GatewayMachine(pins, 'start-1', disk, {
      clocks: () => ({ wallMs: 1e12, monoMs: 1_000 }),
      verifier: crashing,
      savePermit: (_token, _ledger, saved) => saved(true),
      cancelAll: () => {},
    });

  it('latches a halt', () => {
    const machine = start();
    machine.halt('halt-1');
    expect(machine.state.halts).toEqual(['halt-1']);
  });

  it('accepts no permit, and says why', () => {
    const machine = start();
    const signed = { permit: {}, signature: '' } as unknown as SignedPermit;
    const answers: (readonly string[])[] = [];
    machine.accept(signed, (failures) => void answers.push(failures));
    expect(machine.state.held).toBeNull();
    expect(answers).toEqual([expect.arrayContaining(['permit_signature'])]);
  });
});
