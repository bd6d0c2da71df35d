import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatEnvelope } from '../../../evidence/dsse';
import { payloadType } from '../../../evidence/statement';
import { decide } from '../../../posture/decide';
import { digestBytes } from '../../../posture/digest';
import { explain } from '../../../posture/explain/explain';
import type { Explanation } from '../../../posture/explain/explanation';
import { renderJson } from '../../../posture/explain/explanation-json';
import { renderText } from '../../../posture/explain/explanation-text';
import type { Posture } from '../../../posture/posture';
import { passing } from '../../helpers/claims';
import { haltAt } from '../../helpers/ledger';
import { livePosture, paperPosture, ReadyStack } from '../../helpers/ready-stack';

let stack: ReadyStack;
beforeEach(() => (stack = new ReadyStack()));
afterEach(() => stack.destroy());

const file = (name: string) => path.join(stack.place.evidence, name);
const longSoak = { predicate: { measurements: { ...passing.soak, sampledSeconds: 1800 } } };
const second = { ...livePosture.agents[0]!, name: 'quant_company_agent' };
const otherModel: Posture = { ...livePosture, model: { version: '2', digest: digestBytes('2') } };
const largerOrders: Posture = { ...livePosture, risk: { ...livePosture.risk, maxOrderUsd: 2 } };

/** An envelope that nobody has signed. */
const unsigned = () => formatEnvelope({ payloadType, payload: Buffer.from('{}'), signatures: [] });

/** Goes live, and lets enough time pass for a soak of what is live. */
function goLive(): void {
  stack.prove();
  stack.grant();
  stack.wait(55);
}

/** Under live another model, granted. */
function changeModel(): void {
  goLive();
  proveFromLive(otherModel);
  stack.grant(otherModel);
  stack.wait(5);
}

/** Proves a rise under live. */
const proveFromLive = (to: Posture) => stack.prove(livePosture, to, { soak: longSoak });

interface Scene {
  readonly to: Posture;
  readonly before?: Posture;
  readonly make: () => void;
}

/** One transition of each sort; each is held against its text in snapshots/. */
const scenes: Record<string, Scene> = {
  'from paper to live with every proof': { to: livePosture, make: () => stack.prove() },
  'from paper to live with no proof': { to: livePosture, make: () => {} },
  'from paper to live, with larger limits beside': {
    to: largerOrders,
    before: paperPosture,
    make: () => stack.prove(null, largerOrders),
  },
  'one more agent with every proof': {
    to: { ...livePosture, agents: [...livePosture.agents, second] },
    make: () => {
      goLive();
      proveFromLive({ ...livePosture, agents: [...livePosture.agents, second] });
    },
  },
  'a looser limit, its soak expired': {
    to: largerOrders,
    make: () => {
      goLive();
      proveFromLive(largerOrders);
      stack.wait(61);
      writeFileSync(stack.files.renewal, JSON.stringify({ renewedAt: stack.now }));
    },
  },
  'a lower threshold without proof': { to: { ...livePosture, confidenceThreshold: 0.5 }, make: goLive },
  'another model, the canary failed after it had passed': {
    to: otherModel,
    make: () => {
      goLive();
      proveFromLive(otherModel);
      const measuredAt = new Date(stack.now - 30_000).toISOString();
      const measurements = { ...passing.canary, verdict: 'reject' as const };
      stack.store('canary', livePosture, otherModel, { predicate: { passed: false, measuredAt, measurements } });
    },
  },
  'back to the model before, as a return': { to: livePosture, make: changeModel },
  'back to the model before, which has failed since': {
    to: livePosture,
    make: () => {
      changeModel();
      const measurements = { ...passing.canary, verdict: 'reject' as const };
      const measuredAt = new Date(stack.now - 30_000).toISOString();
      stack.store('canary', null, livePosture, { predicate: { passed: false, measuredAt, measurements } });
    },
  },
  'another gateway without proof': {
    to: { ...livePosture, workloads: { ...livePosture.workloads, gateway: digestBytes('2') } },
    make: goLive,
  },
  'a fall to smaller limits': {
    to: { ...livePosture, risk: { ...livePosture.risk, maxOrderUsd: 0.5 } },
    make: goLive,
  },
  'mixed: two rises and a fall at once': {
    to: { ...largerOrders, symbols: ['ETHUSDT'], confidenceThreshold: 0.7 },
    make: goLive,
  },
  'tampered: another signature, another stack, none': {
    to: livePosture,
    make: () => {
      const stored = stack.prove();
      const forged = JSON.parse(readFileSync(stored.canary!.file, 'utf8'));
      forged.signatures = JSON.parse(readFileSync(stored.preflight!.file, 'utf8')).signatures;
      writeFileSync(stored.canary!.file, JSON.stringify(forged));
      rmSync(stored.drill!.file);
      stack.store('drill', null, livePosture, { predicate: { stack: 'night' } });
      writeFileSync(file('snapshot-00000000T000000Z-unsigned.json'), unsigned());
    },
  },
  'a halt is open': {
    to: livePosture,
    make: () => {
      stack.append(haltAt(stack.now - 60_000));
      stack.prove();
    },
  },
  'no trust root': {
    to: livePosture,
    make: () => {
      stack.prove();
      rmSync(stack.files.trustRoot);
    },
  },
  'no ledger': {
    to: livePosture,
    make: () => {
      stack.prove();
      rmSync(stack.files.ledger);
    },
  },
  'to paper, with everything broken': {
    to: { ...paperPosture, symbols: ['ETHUSDT'] },
    // What stands granted is not known any more.
    before: largerOrders,
    make: () => {
      goLive();
      writeFileSync(file('canary-00000000T000000Z-unsigned.json'), unsigned());
      writeFileSync(stack.files.ledger, 'garbage\n');
    },
  },
};

function explainScene({ to, before, make }: Scene): Explanation {
  make();
  return explain(...asked({ to, ...(before ? { before } : {}) }));
}

/** As between two revisions: from the one before where that is live, else from what stands granted. */
function asked({ to, before }: Pick<Scene, 'to' | 'before'>): Parameters<typeof explain> {
  const grounds = stack.grounds();
  const input = { ...grounds, from: before?.tradingMode === 'live' ? before : grounds.from, to };
  return [input, decide(input), before ?? input.from];
}

/** Digests and the names that are made of them differ from run to run. */
const steady = (text: string) =>
  text.replace(/sha256:[0-9a-f]{64}/g, 'sha256:#').replace(/-[0-9a-f]{8}\.json/g, '-########.json');

/** Where the folder lies decides where lines are broken. */
const withoutFolder = (explanation: Explanation): Explanation =>
  JSON.parse(JSON.stringify(explanation).replaceAll(stack.folder, 'FOLDER'));

describe.each(Object.entries(scenes))('%s', (name, scene) => {
  it('reads as it should', async () => {
    const explanation = withoutFolder(explainScene(scene));
    const lines = [
      ...renderText(explanation, { width: 100, everything: false }),
      '',
      '-'.repeat(100),
      '',
      ...renderText(explanation, { width: 100, everything: true }),
    ];
    const snapshot = path.join(__dirname, 'snapshots', `${name.replace(/[^a-z]+/g, '-')}.txt`);
    await expect(steady(`${lines.join('\n')}\n`)).toMatchFileSnapshot(snapshot);
  });

  it('says what was decided, and leaves nothing out', () => {
    const explanation = explainScene(scene);
    const [input, decision] = asked(scene);
    const { verdict, reasons, gates, notNeeded, warnings } = explanation;
    expect(verdict).toBe(decision!.verdict);
    const said = (some: readonly { code: string; message: string; file?: string }[]) =>
      some.map((one) => `${one.code} ${one.message} ${one.file}`).sort();
    expect(said(reasons)).toEqual(said(decision!.reasons));
    expect(gates.map(({ proof }) => proof)).toEqual(decision!.needs);
    for (const { status, counted, reasons: own } of gates) {
      expect([counted !== undefined, own.length > 0]).toEqual([status === 'counts', status === 'does_not_count']);
    }
    // Every file that there is, once.
    const files = [
      ...gates.flatMap(({ counted, reasons: own, others }) => [
        counted?.file,
        ...new Set(own.map(({ file }) => file)),
        ...others.map(({ file }) => file),
      ]),
      ...notNeeded.map(({ file }) => file),
      ...warnings.map(({ file }) => file),
    ];
    const all = [...input.evidence, ...input.rejected].map((one) => one.name);
    expect(files.filter((one) => one !== undefined).sort()).toEqual(all.sort());
    // JSON is the same facts: nothing is lost on the way there and back.
    const json = renderJson(explanation);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.reasons.map(({ code }) => code)).toEqual(reasons.map(({ code }) => code));
  });

  it('fits into the width, but for words that are longer', () => {
    const explanation = explainScene(scene);
    for (const width of [0, 40, 72, 100, 200]) {
      for (const line of renderText(explanation, { width, everything: true })) {
        const words = line.trim().split(' ');
        const isLong = words.length === 1 || words.some((word) => word.length > 15);
        if (!isLong) expect(line.length, line).toBeLessThanOrEqual(Math.max(40, width));
        expect(line).toBe(line.trimEnd());
      }
    }
  });
});

describe('of what counts', () => {
  it('it says how old it is, and how much time is left', () => {
    const { gates, holdsUntil } = explainScene(scenes['from paper to live with every proof']!);
    const ages = Object.fromEntries(gates.map(({ proof, counted }) => [proof, [counted!.ageMs, counted!.leftMs]]));
    const minute = 60_000;
    expect(ages).toEqual({
      preflight: [2 * minute, 28 * minute],
      snapshot: [2 * minute, 58 * minute],
      canary: [2 * minute, 1438 * minute],
      drill: [2 * minute, 10_078 * minute],
      // The approver's own time, which ends before the trust root's.
      approval: [minute, 30 * minute],
    });
    expect(holdsUntil).toBe(stack.now + 28 * minute);
    // At that moment it is over, and a second before it is not.
    expect(stack.codes(livePosture, holdsUntil! + 1000)).toEqual(['preflight:expired']);
    expect(stack.codes(livePosture, holdsUntil! - 1000)).toEqual([]);
  });

  it('an older one is not used, and says so', () => {
    const first = stack.store('preflight', null, livePosture, {
      predicate: { measuredAt: new Date(stack.now - 600_000).toISOString() },
    });
    const { gates } = explainScene(scenes['from paper to live with every proof']!);
    expect(gates[0]).toMatchObject({
      status: 'counts',
      others: [{ file: path.basename(first.file), code: 'not_used', verified: { passed: true } }],
    });
  });
});

describe('of what does not count', () => {
  const othersOf = (explanation: Explanation, proof: string) =>
    Object.fromEntries(
      explanation.gates.find((gate) => gate.proof === proof)!.others.map(({ file, code }) => [file, code]),
    );

  it('every other file says why: expired, for another target, used, defeated', () => {
    const { canary: used } = stack.prove();
    stack.grant();
    stack.endGrant();
    stack.wait(5);
    const at = (minutes: number) => ({ measuredAt: new Date(stack.now - minutes * 60_000).toISOString() });
    const store = (minutes: number, edit = {}) =>
      path.basename(stack.store('canary', null, livePosture, { predicate: at(minutes), ...edit }).file);
    const passed = store(4);
    const failed = path.basename(
      stack.store('canary', null, livePosture, {
        predicate: { ...at(3), passed: false, measurements: { ...passing.canary, verdict: 'reject' } },
      }).file,
    );
    const newest = store(2);
    const other = store(1, { target: digestBytes('other') });
    const old = store(25 * 60);
    const input = { ...stack.grounds(), to: livePosture };
    const explanation = explain(input);
    expect(explanation.gates.find(({ proof }) => proof === 'canary')!.counted!.file).toBe(newest);
    expect(othersOf(explanation, 'canary')).toEqual({
      [other]: 'other_target',
      [failed]: 'failed',
      [passed]: 'defeated',
      [path.basename(used!.file)]: 'already_used',
      [old]: 'expired',
    });
  });

  it('without a ledger it says what can be said without it', () => {
    const stored = stack.prove();
    const other = stack.store('canary', null, livePosture, { target: digestBytes('other') });
    rmSync(stack.files.ledger);
    const explanation = explain({ ...stack.grounds(), to: livePosture });
    expect(othersOf(explanation, 'canary')).toEqual({
      [path.basename(stored.canary!.file)]: 'not_judged',
      [path.basename(other.file)]: 'other_target',
    });
    expect(othersOf(explanation, 'approval')).toEqual({ [path.basename(stored.approval!.file)]: 'not_judged' });
  });

  it("on a drill's own ledger the drill is waived", () => {
    stack.prove();
    const grounds = stack.grounds();
    if (!grounds.ledger.readable) throw new Error('expected a ledger');
    const { gates } = explain({ ...grounds, ledger: { ...grounds.ledger, drill: true }, to: livePosture });
    expect(gates.find(({ proof }) => proof === 'drill')!.status).toBe('waived');
  });
});
