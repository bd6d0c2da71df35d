import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import type { GatewayEvent } from '../../protocol/gateway-events';
import { stepGateway } from '../../protocol/gateway-machine';
import { startGateway } from '../../protocol/gateway-state';
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
  const now = { wallMs: 1e12, monoMs: 1_000 };
  const crash = () => {
    throw new Error('the verifier crashed');
  };
  const crashing: Verifier = { guardian: crash, approver: crash, instance: crash };
  const start = () =>
    startGateway(pins, 'start-1', { token: 0, ledger: { seq: 0, head: genesis }, halts: [], orders: [] }, now);
  const step = (event: GatewayEvent) => stepGateway(start(), event, now, crashing);

  it('latches a halt', () => {
    const { state, effects } = step({ kind: 'halted', request: 'h', id: 'halt-1' });
    expect(state.halts).toEqual(['halt-1']);
    expect(effects.map(({ kind }) => kind)).toContain('persistHalts');
  });

  it('accepts no permit, and says why', () => {
    const signed = { permit: {}, signature: '' } as unknown as SignedPermit;
    const { state, effects } = step({ kind: 'permitReceived', request: 'p', signed });
    expect(state.held).toBeNull();
    expect(effects).toContainEqual(
      expect.objectContaining({
        kind: 'reply',
        answer: expect.objectContaining({ kind: 'refused', code: 'permit_signature' }),
      }),
    );
  });
});
