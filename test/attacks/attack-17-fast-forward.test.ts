import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatTrustRoot, verifyNextTrustRoot } from '../../evidence/trust-root';
import { formatEntry, hashOf } from '../../ledger/entry';
import { readLedger } from '../../ledger/ledger-file';
import { verifyLedger } from '../../ledger/verify';
import type { Posture } from '../../posture/posture';
import { entriesOf, grantOf, haltAt, incidentOf } from '../helpers/ledger';
import { livePosture, ReadyStack, secondAgent } from '../helpers/ready-stack';

// Attack 17: steps of a sequence skipped. (A permit's token and ledger: test/protocol/gateway-machine.test.ts.)
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

const minutesAgo = (minutes: number) => ({
  predicate: { measuredAt: new Date(stack.now - minutes * 60_000).toISOString() },
});

describe('evidence', () => {
  it('a soak that began before the watch was over is refused, one that began after it is not', () => {
    stack.standLive();
    stack.proveAnew(livePosture, secondAgent, { watch: minutesAgo(31) });
    expect(stack.codes(secondAgent)).toEqual(['soak:before_watch']);
    stack.proveAnew(livePosture, secondAgent, { watch: minutesAgo(32) });
    expect(stack.codes(secondAgent)).toEqual([]);
  });

  it('a soak without any watch is refused, and so is one behind a watch that cannot be read', () => {
    stack.standLive();
    const { watch } = stack.proveAnew(livePosture, secondAgent);
    expect(stack.codes(secondAgent)).toEqual([]);
    writeFileSync(watch!.file, '');
    expect(stack.codes(secondAgent)).toEqual(['watch:malformed']);
  });

  it.each(['watch', 'soak'] as const)('a %s that began before the posture was granted is refused', (kind) => {
    const [granted, over] = kind === 'watch' ? [110, 100] : [40, 15];
    stack.standLive(granted);
    stack.prove(livePosture, secondAgent, { watch: minutesAgo(100), [kind]: minutesAgo(over) });
    expect(stack.codes(secondAgent)).toContain(`${kind}:before_grant`);
  });
});

describe('steps of risk', () => {
  const loose: Posture = { ...secondAgent, confidenceThreshold: 0.1 };

  it('live with two agents at once is refused from paper, with one it is not', () => {
    stack.proveAnew(null, secondAgent);
    expect(stack.codes(secondAgent)).toEqual(['too_many_agents']);
    stack.proveAnew();
    expect(stack.codes()).toEqual([]);
  });

  it('two rises at once are refused under live, one of them is not', () => {
    stack.standLive();
    stack.proveAnew(livePosture, loose);
    expect(stack.codes(loose)).toEqual(['more_than_one_rise']);
    stack.proveAnew(livePosture, secondAgent);
    expect(stack.codes(secondAgent)).toEqual([]);
  });

  it('proof of the second step is none for the third before the second was granted', () => {
    stack.standLive();
    stack.proveAnew(secondAgent, loose);
    expect(stack.codes(loose)).toContain('more_than_one_rise');
    expect(stack.codes(loose)).toContain('soak:other_posture');
  });
});

describe('the ledger', () => {
  /** Everything that happens to a stack that is halted once. */
  function story() {
    const [genesis, first, halt] = entriesOf(stack.trust, [grantOf(), haltAt(1)]);
    const rest = entriesOf(stack.trust, [grantOf(), haltAt(1), incidentOf(hashOf(halt!)), grantOf()]).slice(3);
    return [genesis!, first!, halt!, ...rest];
  }

  it.each([1, 2, 3])('without its entry %i cannot be read', (skipped) => {
    const write = (entries: ReturnType<typeof story>) =>
      writeFileSync(stack.files.ledger, entries.map(formatEntry).join(''));
    const entries = story();
    write(entries);
    expect(readLedger(stack.files.ledger, stack.trust.root).head.seq).toBe(4);
    write(entries.filter((_, index) => index !== skipped));
    expect(() => readLedger(stack.files.ledger, stack.trust.root)).toThrow(
      expect.objectContaining({ code: 'wrong_seq' }),
    );
    expect(stack.codes()).toContain('ledger_unreadable');
  });

  it('whose entries are numbered and signed anew after one was left out is another chain', () => {
    const entries = entriesOf(stack.trust, [grantOf(), haltAt(1)]);
    const without = entriesOf(stack.trust, [haltAt(1)]);
    const chain = verifyLedger(Buffer.from(without.map(formatEntry).join('')), stack.trust.root);
    expect(() => chain.requireContains({ seq: 1, head: hashOf(entries[1]!) })).toThrow(
      expect.objectContaining({ code: 'forked' }),
    );
  });

  it('takes no grant while a halt is open, and no close before its halt', () => {
    stack.append(haltAt(stack.now));
    expect(() => stack.append(grantOf())).toThrow(expect.objectContaining({ code: 'grant_over_halt' }));
    const unknown = incidentOf(hashOf(stack.trust.genesis));
    expect(() => stack.append(unknown, stack.trust.signers.approver)).toThrow(
      expect.objectContaining({ code: 'unknown_halt' }),
    );
    const before = readFileSync(stack.files.ledger, 'utf8');
    expect(before.trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('the trust root', () => {
  it('with a version skipped is refused, the next one is not', () => {
    const { root, signers } = stack.trust;
    const verify = (version: number) =>
      verifyNextTrustRoot(Buffer.from(formatTrustRoot({ ...root, version }, signers.approver)), root);
    expect(verify(2).version).toBe(2);
    for (const version of [1, 3, 100]) {
      expect(() => verify(version), `${version}`).toThrow(expect.objectContaining({ code: 'trust_root_not_next' }));
    }
  });
});
