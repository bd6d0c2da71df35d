import type { ResourceValidationArgs } from '@pulumi/policy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLedger } from '../../../ledger/ledger-file';
import { resourceTypes } from '../../../platforms/resource-types';
import { refuseLivePosture } from '../../../policies/live-promotion/refuse-live-posture';
import { describeReason } from '../../../posture/describe-decision';
import { explain } from '../../../posture/explain/explain';
import { renderJson } from '../../../posture/explain/explanation-json';
import { renderText } from '../../../posture/explain/explanation-text';
import { digestPosture } from '../../../posture/posture';
import { Decider } from '../../../workloads/guardian/decider';
import { haltAt } from '../../helpers/ledger';
import { livePosture, paperPosture, ReadyStack } from '../../helpers/ready-stack';
import { makeTrust } from '../../helpers/trust';

// Whoever refuses says the same of the same grounds, the worst first: verb, pack and guardian.

const minute = 60_000;
let stack: ReadyStack;
beforeEach(() => {
  const now = Date.now();
  stack = new ReadyStack(makeTrust({ now: now - 60 * minute }), now);
});
afterEach(() => stack.destroy());

const saidByVerb = () => explain({ ...stack.grounds(), to: livePosture });

function saidByPack(): string[] {
  const said: string[] = [];
  const { validateResource } = refuseLivePosture;
  if (typeof validateResource !== 'function') throw new Error('expected one function that validates');
  const props = { posture: livePosture, previous: paperPosture, ...stack.place };
  const args = { type: resourceTypes.posture, name: 'posture', props, getConfig: () => ({}) };
  validateResource(args as unknown as ResourceValidationArgs, (message) => void said.push(message));
  return said.flatMap((message) => message.split('\n'));
}

function saidByGuardian(): string[] {
  const decider = new Decider(() => stack.grounds());
  const posture = digestPosture(livePosture);
  for (let look = 0; look < 3; look += 1) decider.look(posture);
  const { head } = readLedger(stack.files.ledger, stack.trust.root);
  const question = { kind: 'decide', posture, previous: null, at: head } as const;
  decider.answer(question, livePosture, [], { wallMs: stack.now, monoMs: 0 });
  expect(decider.report!.reasons).toEqual(saidByVerb().reasons);
  return decider.refusals();
}

it('a halt, a forged and an old proof, and one that was never made', () => {
  stack.append(haltAt(stack.now - minute));
  stack.prove(null, livePosture, {
    drill: { signers: makeTrust().signers.measure },
    preflight: { predicate: { measuredAt: new Date(stack.now - 40 * minute).toISOString() } },
    snapshot: { skip: true },
  });
  const explanation = saidByVerb();
  expect(explanation.reasons.map(({ code }) => code)).toEqual(['halt_open', 'unknown_key', 'expired', 'missing']);
  const said = explanation.reasons.map(describeReason);
  // Ages are told in whole seconds, and the pack looks at its own clock.
  const steady = (lines: readonly string[]) => lines.map((line) => line.replace(/\d+ s old/, 'N s old'));
  expect(steady(saidByGuardian())).toEqual(steady(said));
  expect(steady(saidByPack())).toEqual(
    steady([
      `tradingMode paper -> live is refused: ${said[0]}: see docs/faq.md#why-was-live-refused`,
      ...said.slice(1, -1).map((line) => `  - ${line}`),
      '  - no proof of preflight, snapshot, drill',
    ]),
  );
  expect(renderJson(explanation).reasons.map(({ text }) => text)).toEqual(said);
  const text = renderText(explanation, { width: 1000, everything: false });
  const shown = text.filter((line) => line.startsWith('  ! ')).map((line) => line.replace(/^ {2}! \w+ +/, ''));
  expect(shown).toEqual(said);
});

it('nothing where everything is proved', () => {
  stack.prove();
  expect(saidByVerb().reasons).toEqual([]);
  expect(saidByPack()).toEqual([]);
  expect(saidByGuardian()).toEqual([]);
});
