import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Statement from '../../evidence/statement';
import type { Posture } from '../../posture/posture';
import { askPack } from '../helpers/pack';
import { livePosture, paperPosture, ReadyStack } from '../helpers/ready-stack';
import { makeTrust } from '../helpers/trust';

// Attack 27, and the rule that down is free: with the ledger unreadable, the evidence garbage, the keys gone or the
// verifier crashed a fall passes, and a rise is refused, through the pack as well as through the decision itself.
const verifier = vi.hoisted(() => ({ crashes: false }));
vi.mock('../../evidence/statement', async (original) => {
  const real = await original<typeof Statement>();
  return {
    ...real,
    kindOf: (type: string) => {
      if (verifier.crashes) throw new RangeError('Maximum call stack size exceeded');
      return real.kindOf(type);
    },
  };
});

let stack: ReadyStack;
beforeEach(() => {
  verifier.crashes = false;
  const now = Date.now();
  stack = new ReadyStack(makeTrust({ now: now - 30 * 60_000 }), now);
  stack.prove();
});
afterEach(() => stack.destroy());

const tighter: Posture = { ...livePosture, agents: [], confidenceThreshold: 0.9 };
const looser: Posture = { ...livePosture, confidenceThreshold: 0.1 };

function everyFile(change: (file: string) => void): void {
  for (const name of readdirSync(stack.place.evidence)) change(path.join(stack.place.evidence, name));
}

/** What breaks, and the codes of the refusal of paper -> live: one of them must be among its reasons. */
const broken: [what: string, code: string, breakIt: () => void][] = [
  ['a ledger of garbage', 'ledger_unreadable', () => appendFileSync(stack.files.ledger, 'garbage\n')],
  ['a ledger that is gone', 'ledger_unreadable', () => rmSync(stack.files.ledger)],
  ['evidence of garbage', 'canary:malformed', () => everyFile((file) => writeFileSync(file, 'garbage'))],
  ['evidence that is gone', 'canary:missing', () => rmSync(stack.place.evidence, { recursive: true })],
  [
    'evidence that never comes to an end: the reading of a pipe would not return',
    'canary:malformed',
    () =>
      everyFile((file) => {
        rmSync(file);
        execaSync('mkfifo', [file]);
      }),
  ],
  [
    'a verifier that crashes',
    'canary:unverifiable',
    () => {
      verifier.crashes = true;
    },
  ],
  ['a trust root that is gone', 'trust_root_missing', () => rmSync(stack.files.trustRoot)],
  ['a trust root of garbage', 'malformed', () => writeFileSync(stack.files.trustRoot, 'garbage')],
  [
    'a trust root that cannot be read',
    'trust_root_missing',
    () => {
      rmSync(stack.files.trustRoot);
      mkdirSync(stack.files.trustRoot);
    },
  ],
  [
    'everything at once',
    'ledger_unreadable',
    () => {
      writeFileSync(stack.files.ledger, 'garbage\n');
      everyFile((file) => writeFileSync(file, 'garbage'));
      rmSync(stack.files.trustRoot);
      verifier.crashes = true;
    },
  ],
];

describe('with all of it whole', () => {
  it('a rise with its proof is allowed', () => {
    expect(stack.codes()).toEqual([]);
    expect(askPack(stack.place, livePosture, paperPosture)).toEqual([]);
  });
});

describe.each(broken)('with %s', (_, code, breakIt) => {
  it('a rise is refused by name, also where everything was proved', () => {
    breakIt();
    expect(stack.codes()).toContain(code);
    const [refusal] = askPack(stack.place, livePosture, paperPosture);
    expect(refusal).toMatch(/^tradingMode paper -> live is refused: /);
  });

  it('a fall passes: to paper, and under live', () => {
    stack.grant();
    breakIt();
    expect(stack.decide(paperPosture)).toMatchObject({ verdict: 'allow', reasons: [] });
    expect(askPack(stack.place, paperPosture, livePosture)).toEqual([]);
    expect(askPack(stack.place, tighter, livePosture)).toEqual([]);
    expect(askPack(stack.place, livePosture, livePosture)).toEqual([]);
  });

  it('a rise under live is refused', () => {
    stack.grant();
    breakIt();
    expect(askPack(stack.place, looser, livePosture)).toHaveLength(1);
  });
});

describe('a stack that never had keys', () => {
  it('is not live because the state of the engine says so', () => {
    for (const file of [stack.files.trustRoot, stack.files.ledger]) rmSync(file);
    expect(askPack(stack.place, livePosture, livePosture)).toHaveLength(1);
    expect(askPack(stack.place, paperPosture, livePosture)).toEqual([]);
  });
});
