import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../../posture/decide';
import { digestBytes } from '../../../posture/digest';
import { explain } from '../../../posture/explain/explain';
import type { Posture } from '../../../posture/posture';
import type { EvidenceKind } from '../../../posture/proof';
import { passing } from '../../helpers/claims';
import { livePosture, ReadyStack, secondAgent } from '../../helpers/ready-stack';

let stack: ReadyStack;
beforeEach(() => (stack = new ReadyStack()));
afterEach(() => stack.destroy());

const minute = 60_000;
const ago = (minutes: number) => ({ measuredAt: new Date(stack.now - minutes * minute).toISOString() });
const nameOf = (stored: { file: string } | undefined) => path.basename(stored!.file);
const rejected = { passed: false, measurements: { ...passing.canary, verdict: 'reject' as const } };

/** What became of one kind's files. */
function gateOf(kind: EvidenceKind, to: Posture = livePosture, of: Partial<Parameters<typeof explain>[0]> = {}) {
  return explain({ ...stack.grounds(), to, ...of }).gates.find(({ proof }) => proof === kind)!;
}

/** Each other file of a kind by its name, with code and words. */
const othersOf = (...args: Parameters<typeof gateOf>) =>
  Object.fromEntries(gateOf(...args).others.map(({ file, code, message }) => [file, `${code}: ${message}`]));

describe('which rise asks for a proof', () => {
  it('names those whose gate needs it, and no other', () => {
    stack.standLive();
    const to: Posture = { ...secondAgent, model: { version: '2', digest: digestBytes('2') } };
    expect(gateOf('watch', to).askedBy).toEqual(['agents.second_trader']);
    expect(gateOf('canary', to).askedBy).toEqual(['model']);
    expect([...gateOf('preflight', to).askedBy].sort()).toEqual(['agents.second_trader', 'model']);
  });

  it('evidence that none asks for is said not to be needed, the newest first', () => {
    const stored = stack.prove();
    const younger = stack.store('canary', null, livePosture, { predicate: ago(1) });
    const { notNeeded } = explain({ ...stack.grounds(), to: { ...livePosture, tradingMode: 'paper' } });
    expect(notNeeded).toHaveLength(Object.keys(stored).length + 1);
    const canaries = notNeeded.filter(({ verified }) => verified!.kind === 'canary').map(({ file }) => file);
    expect(canaries).toEqual([nameOf(younger), nameOf(stored.canary)]);
    for (const one of notNeeded)
      expect(one).toMatchObject({ code: 'not_needed', message: 'no rise of this change asks for it' });
    const toLive = explain({ ...stack.grounds(), to: livePosture });
    expect(toLive.notNeeded).toEqual([]);
  });
});

describe('of a file that does not count', () => {
  it('nothing can be said without a trust root, or where a posture has no name', () => {
    const { canary } = stack.prove();
    const unjudged = { [nameOf(canary)]: 'not_judged: it cannot be judged on these grounds' };
    expect(othersOf('canary', livePosture, { trustRoot: null })).toEqual(unjudged);
    const nameless: Posture = { ...livePosture, symbols: ['\ud800'] };
    expect(othersOf('canary', nameless)).toEqual(unjudged);
    expect(othersOf('canary', livePosture, { from: { ...nameless, tradingMode: 'paper' } })).toEqual(unjudged);
  });

  it('without a ledger what only the ledger says is left out', () => {
    const stored = stack.prove(null, livePosture, { canary: { predicate: rejected } });
    rmSync(stack.files.ledger);
    expect(othersOf('canary')).toEqual({ [nameOf(stored.canary)]: 'failed: this canary failed' });
    expect(othersOf('drill')).toEqual({
      [nameOf(stored.drill)]: 'not_judged: it cannot be judged without the ledger',
    });
    expect(othersOf('approval')).toEqual({
      [nameOf(stored.approval)]: 'not_judged: it cannot be judged without the ledger',
    });
  });

  it('everything that is wrong with it is said, and the worst is its code', () => {
    const good = stack.prove();
    const old = stack.store('canary', null, livePosture, { predicate: { ...rejected, ...ago(25 * 60) } });
    expect(othersOf('canary')).toEqual({
      [nameOf(old)]: 'failed: this canary failed; canary is 90000 s old, at most 86400 s count',
    });
    expect(gateOf('canary').counted!.file).toBe(nameOf(good.canary));
  });

  it('a fail that is about something else defeats nothing', () => {
    const older = stack.store('canary', null, livePosture, { predicate: ago(5) });
    const about = [
      { target: digestBytes('other') },
      { measured: digestBytes('other') },
      { predicate: { ...rejected, stack: 'night' } },
      { predicate: { ...rejected, account: { venue: 'simulated', id: 'other' } } },
    ];
    for (const edit of about) {
      stack.store('canary', null, livePosture, { ...edit, predicate: { ...rejected, ...ago(3), ...edit.predicate } });
    }
    const good = stack.prove();
    const others = othersOf('canary');
    expect(others[nameOf(older)]).toBe(`not_used: ${nameOf(good.canary)} is used`);
    expect(
      Object.values(others)
        .map((told) => told.split(':')[0])
        .sort(),
    ).toEqual(['not_used', 'other_account', 'other_posture', 'other_stack', 'other_target']);
  });

  it('is good by itself, and has the same against it as the newest of its kind', () => {
    stack.standLive();
    stack.prove(livePosture, secondAgent, { soak: { skip: true } });
    const measurements = { ...passing.soak, sampledSeconds: 3600 };
    const early = (minutes: number) =>
      stack.store('soak', livePosture, secondAgent, { predicate: { measurements, ...ago(minutes) } });
    const [newest, older] = [early(3), early(4)];
    const { reasons, others } = gateOf('soak', secondAgent);
    expect(reasons.map(({ code, file }) => [code, file])).toEqual([['before_watch', nameOf(newest)]]);
    expect(others).toMatchObject([
      { file: nameOf(older), code: 'before_watch', message: 'soak began before the watch was over' },
    ]);
  });

  it('was used before, or began too early: what the ledger says is left out where there is none', () => {
    stack.standLive();
    const soaked = stack.store('soak', livePosture, secondAgent, {
      predicate: { measurements: { ...passing.soak, sampledSeconds: 86_400 } },
    });
    expect(gateOf('soak', secondAgent).reasons.map(({ code }) => code)).toEqual(['before_grant']);
    const unreadable = { readable: false, reason: 'torn' } as const;
    expect(othersOf('soak', secondAgent, { from: livePosture, ledger: unreadable })).toEqual({
      [nameOf(soaked)]: 'not_judged: it cannot be judged without the ledger',
    });
  });

  it('is not used where a younger one is, also while the approval leaves something out', () => {
    const older = stack.store('canary', null, livePosture, { predicate: ago(5) });
    const stored = stack.prove(null, livePosture, { approval: { skip: true } });
    const late = stack.store('approval', null, livePosture, {}, [stored.preflight!.digest]);
    const approval = gateOf('approval');
    expect(approval.reasons.map(({ code, file }) => [code, file])).toEqual([
      ['other_evidence', nameOf(late)],
      ['other_evidence', nameOf(late)],
      ['other_evidence', nameOf(late)],
    ]);
    expect(othersOf('canary')).toEqual({ [nameOf(older)]: expect.stringMatching(/^not_used: .* is used$/) });
  });
});

describe('of approvals', () => {
  it('each is held against what counts of every other kind, also after a watch, and without a drill on a drill', () => {
    stack.standLive();
    const soak = { predicate: { measurements: { ...passing.soak, sampledSeconds: 1800 } } };
    const stored = stack.prove(livePosture, secondAgent, { soak });
    const digests = Object.values(stored).map(({ digest }) => digest);
    const first = stack.store('approval', livePosture, secondAgent, { predicate: ago(2) }, digests);
    const withoutWatch = stack.store(
      'approval',
      livePosture,
      secondAgent,
      { predicate: ago(3) },
      digests.filter((digest) => digest !== stored.watch!.digest),
    );
    const input = { ...stack.grounds(), to: secondAgent };
    expect(decide(input).verdict).toBe('allow');
    expect(othersOf('approval', secondAgent)).toMatchObject({
      [nameOf(first)]: `not_used: ${nameOf(stored.approval)} is used`,
      [nameOf(withoutWatch)]: `other_evidence: the approval was given without ${nameOf(stored.watch)}`,
    });
  });

  it('a soak that began before the watch was over is none that an approval must name', () => {
    stack.standLive();
    const soak = (sampledSeconds: number) => ({
      predicate: { measurements: { ...passing.soak, sampledSeconds } },
    });
    const stored = stack.prove(livePosture, secondAgent, { soak: soak(1800) });
    const digests = Object.values(stored).map(({ digest }) => digest);
    const early = stack.store('soak', livePosture, secondAgent, { predicate: { ...soak(3600).predicate, ...ago(3) } });
    const further = stack.store('approval', livePosture, secondAgent, { predicate: ago(2) }, [
      ...digests.filter((digest) => digest !== stored.soak!.digest),
      early.digest,
    ]);
    expect(othersOf('approval', secondAgent)).toMatchObject({
      [nameOf(further)]: `other_evidence: the approval was given without ${nameOf(stored.soak)}`,
    });
  });

  it("on a drill's own ledger none has to name a drill", () => {
    const { drill, approval, ...stored } = stack.prove();
    const digests = Object.values(stored).map(({ digest }) => digest);
    const older = stack.store('approval', null, livePosture, { predicate: ago(2) }, digests);
    const { ledger } = stack.grounds();
    if (!ledger.readable) throw new Error('expected a ledger');
    expect(othersOf('approval', livePosture, { ledger: { ...ledger, drill: true } })).toEqual({
      [nameOf(older)]: `not_used: ${nameOf(approval)} is used`,
    });
    expect(othersOf('approval')[nameOf(older)]).toBe(`other_evidence: the approval was given without ${nameOf(drill)}`);
  });
});
