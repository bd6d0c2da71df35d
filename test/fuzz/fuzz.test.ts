import { describe, expect, it } from 'vitest';
import { payloadType } from '../../evidence/statement';
import { verifyNextTrustRoot } from '../../evidence/trust-root';
import { verifyEvidence } from '../../evidence/verify';
import { mutators } from '../../fuzz/mutators';
import { readLoosely, writeEnvelope } from '../../fuzz/mutators/envelope';
import { boundMs, mergeFuzzed, runFuzz } from '../../fuzz/run';
import { allTargets } from '../../fuzz/targets';
import { evidenceTarget } from '../../fuzz/targets/evidence';
import { ledgerTarget } from '../../fuzz/targets/ledger';
import type { Target } from '../../fuzz/targets/target';
import { trustRootTarget } from '../../fuzz/targets/trust-root';
import { verifyLedger } from '../../ledger/verify';
import { Random } from '../../simulate/random';

const inputs = 2_000;

it("finds nothing to accept, and no error but the verifiers' own", () => {
  const result = runFuzz(1, inputs + 1, allTargets());
  console.log(`tried ${inputs} inputs (reduced; full: npm run fuzz)`);
  expect(result.violations).toEqual([]);
  expect(result).toMatchObject({ inputs, throws: 0, accepted: 0 });
  expect(result.maxMs).toBeLessThan(boundMs);
  // The inputs reach what is behind the form of an envelope, and some come out honest.
  expect(Object.keys(result.refused)).toEqual(
    expect.arrayContaining([
      'malformed',
      'wrong_payload_type',
      'unsigned',
      'bad_signature',
      'unknown_key',
      'threshold',
      'unknown_statement',
      'trust_root_malformed',
      'too_large',
      'broken_chain',
    ]),
  );
  expect(result.unchanged).toBeGreaterThan(0);
  expect(result.unchanged).toBeLessThan(inputs / 5);
}, 120_000);

it('is the same for the same seed, and its parts are the whole', () => {
  const counts = (from: number, to: number) => ({ ...runFuzz(from, to, allTargets()), maxMs: 0 });
  expect({ ...mergeFuzzed(counts(1, 101), counts(101, 201)), maxMs: 0 }).toEqual(counts(1, 201));
});

it.each(mutators)('the mutator $name changes documents, from the seed alone', ({ mutate }) => {
  const of = allTargets().flatMap(({ honest }) => {
    const make = (seed: number) => mutate({ random: new Random(seed), document: honest[0]!, all: honest });
    expect(make(1)).toEqual(make(1));
    return make(1) ? [new Set(Array.from({ length: 20 }, (_, seed) => make(seed)!.toString('latin1'))).size] : [];
  });
  expect(of.length).toBeGreaterThan(0);
  expect(Math.min(...of)).toBeGreaterThan(1);
});

it.each(allTargets())(
  'an honest document of $name is accepted, and known as honest',
  ({ honest, accepts, isHonest }) => {
    for (const document of honest) {
      expect(accepts(document)).toBe(true);
      expect(isHonest(document)).toBe(true);
      expect(isHonest(document.subarray(1))).toBe(false);
    }
  },
);

/** Reads an envelope as somebody would who leaves one thing out. */
const careless = (change: (envelope: NonNullable<ReturnType<typeof readLoosely>>) => object) => (bytes: Uint8Array) => {
  const envelope = readLoosely(bytes);
  return envelope ? writeEnvelope(change(envelope)) : Buffer.from(bytes);
};
const honestEvidence = evidenceTarget().honest[0]!;
const ignoresType = careless((envelope) => ({ ...envelope, payloadType }));

const planted: [fault: string, target: Target][] = [
  ['ignores the payload type', evidenceTarget((bytes, name, root) => verifyEvidence(ignoresType(bytes), name, root))],
  [
    'accepts an empty list of signatures',
    evidenceTarget((bytes, name, root) =>
      verifyEvidence(readLoosely(bytes)?.signatures?.length === 0 ? honestEvidence : bytes, name, root),
    ),
  ],
  [
    'accepts what it cannot parse',
    evidenceTarget((bytes, name, root) => verifyEvidence(readLoosely(bytes) ? bytes : honestEvidence, name, root)),
  ],
  [
    'accepts a statement of any form that was signed',
    evidenceTarget((bytes, name, root) => {
      const result = verifyEvidence(bytes, name, root);
      const isUnknown = 'code' in result && result.code === 'unknown_statement';
      return isUnknown ? verifyEvidence(honestEvidence, name, root) : result;
    }),
  ],
  [
    'throws what nobody expects',
    trustRootTarget((bytes, previous) => {
      JSON.parse(Buffer.from(bytes).toString('utf8'));
      return verifyNextTrustRoot(bytes, previous);
    }),
  ],
  [
    'skips the lines of a ledger that it cannot read',
    ledgerTarget((bytes, root) => {
      const lines = Buffer.from(bytes).toString('utf8').split('\n');
      const whole = lines.filter((line) => readLoosely(Buffer.from(line)));
      return verifyLedger(Buffer.from(whole.map((line) => `${line}\n`).join('')), root);
    }),
  ],
  [
    'takes longer than it may',
    evidenceTarget((bytes, name, root) => {
      const begun = process.threadCpuUsage().user;
      while (bytes.length > 20_000 && process.threadCpuUsage().user - begun < boundMs * 1_500);
      return verifyEvidence(bytes, name, root);
    }),
  ],
];

describe('a verifier is caught that', () => {
  it.each(planted)(
    '%s',
    (_, target) => {
      let seed = 1;
      while (seed <= inputs && runFuzz(seed, seed + 1, [target]).violations.length === 0) seed += 1;
      expect(seed).toBeLessThanOrEqual(inputs);
    },
    120_000,
  );
});
