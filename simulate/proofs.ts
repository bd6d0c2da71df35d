import { type Digest, digestBytes } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import { expectedMeasured } from '../posture/judge-evidence';
import type { Posture } from '../posture/posture';
import type { Evidence, EvidenceKind, RejectedEvidence } from '../posture/proof';
import { signers, trustRoot } from './keys';
import { nameOf, paperTwin, requiredProofs } from './postures';
import type { Random } from './random';

/** What is wrong with the proof that somebody made. */
const flaws = [
  'missing',
  'stale',
  'future',
  'failed',
  'other-target',
  'other-posture',
  'no-approval',
  'other-change',
  'other-head',
  'not-shown',
  'approval-expired',
  'same-signer',
  'short-sample',
  'sampled-before',
  'beside-watch',
  'few-closes',
] as const;
export type Flaw = (typeof flaws)[number];
const ofSoak: readonly Flaw[] = ['short-sample', 'sampled-before', 'beside-watch', 'few-closes'];

/** What is true of an evidence, for the witness. Times are true milliseconds, but for `measuredAt`, which it says. */
export interface ProofFact {
  readonly kind: EvidenceKind;
  readonly passed: boolean;
  /** Of a measurement: what was looked at; of an approval: the posture it starts from. */
  readonly subject: Posture | null;
  readonly target: Posture;
  readonly measuredAt: number;
  readonly madeAt: number;
  readonly sampledFrom: number;
  readonly sampledSeconds: number;
  /** Trades that were closed while it sampled. */
  readonly closedTrades: number;
  readonly signer: string;
  /** Only of an approval. */
  readonly head?: Digest;
  readonly covers?: readonly Digest[];
  readonly expiresAt?: number;
}

/** When something is proved: true time, the wall clock of who measures, and the ledger's head that he sees. */
export interface Now {
  readonly trueMs: number;
  readonly wallMs: number;
  readonly head: Digest;
}

/** Seconds of the measured system's clock in one of ours. */
const timeScale = 600;
const approvedForMs = 30_000;
const kinds = ['preflight', 'snapshot', 'canary', 'watch', 'soak', 'drill'] as const;

/** A flaw that matters where these proofs are needed. */
function pickFlaw(needed: readonly EvidenceKind[], random: Random): Flaw {
  return random.pick(flaws.filter((flaw) => needed.includes('soak') || !ofSoak.includes(flaw)));
}

/** The folder of the stack's evidence, with what really lay behind each file. */
export class Proofs {
  /** Whether every file is garbage at present. */
  garbage = false;
  readonly facts = new Map<Digest, ProofFact>();
  private readonly evidence: Evidence[] = [];

  /** The folder as `readEvidence` gives it: verified, or rejected. */
  read(): { evidence: readonly Evidence[]; rejected: readonly RejectedEvidence[] } {
    if (!this.garbage) return { evidence: this.evidence, rejected: [] };
    const reject = ({ name }: Evidence) => ({ name, code: 'malformed', reason: 'not an envelope' });
    return { evidence: [], rejected: this.evidence.map(reject) };
  }

  /**
   * Measures everything for a change and approves it.
   * @param again whether measurements for the same change that are there already are used once more
   */
  prove(
    from: Posture | null,
    to: Posture,
    now: Now,
    random: Random,
    asked: Flaw | 'any' | null = null,
    again = false,
  ): void {
    const needed = requiredProofs(from, to).flat();
    const flaw = asked === 'any' ? pickFlaw(needed, random) : asked;
    const flawed = flaw && ofSoak.includes(flaw) ? 'soak' : random.pick(kinds.filter((kind) => needed.includes(kind)));
    const found = again ? this.evidence.filter(({ kind, target }) => kind !== 'approval' && target === nameOf(to)) : [];
    const made =
      found.length > 0
        ? found
        : kinds
            .filter((kind) => from?.tradingMode === 'live' || (kind !== 'watch' && kind !== 'soak'))
            .filter((kind) => !(flaw === 'missing' && kind === flawed))
            .map((kind) => this.measure(kind, from, to, now, kind === flawed ? flaw : null));
    if (flaw === 'no-approval') return;
    const shown = made.filter(({ kind }) => !(flaw === 'not-shown' && kind === flawed));
    this.approve(from, to, now, shown, flaw);
  }

  /** Something is measured of a posture that nobody asked to change, and fails. */
  fail(of: Posture, now: Now, random: Random): void {
    this.measure(random.pick(['preflight', 'canary', 'soak']), of, of, now, 'failed');
  }

  private measure(
    kind: (typeof kinds)[number],
    from: Posture | null,
    to: Posture,
    { trueMs, wallMs }: Now,
    flaw: Flaw | null,
  ): Evidence {
    const live = from?.tradingMode === 'live' ? from : null;
    const ofStanding = kind === 'watch' || kind === 'soak' || (live && (kind === 'preflight' || kind === 'snapshot'));
    const subject = flaw === 'other-posture' ? { ...to, symbols: ['OTHER'] } : ofStanding ? live : paperTwin(to);
    const target = flaw === 'other-target' ? { ...to, symbols: ['OTHER'] } : to;
    // The watch was over this long before the soak began.
    const pauseMs = 100;
    const overMs = kind === 'watch' ? (trustRoot.sampleSeconds.soak / timeScale) * 1000 + pauseMs : 0;
    const shiftMs = flaw === 'stale' ? -trustRoot.freshSeconds[kind] * 1000 - 5_000 : flaw === 'future' ? 90_000 : 0;
    const sampledSeconds = flaw === 'short-sample' ? 600 : trustRoot.sampleSeconds[kind === 'watch' ? 'watch' : 'soak'];
    const closedTrades = flaw === 'few-closes' ? 0 : 3;
    const beforeMs = flaw === 'sampled-before' ? 100_000 : flaw === 'beside-watch' ? 10 * pauseMs : 0;
    const lengthMs = (sampledSeconds / timeScale) * 1000 + beforeMs;
    const measured = flaw === 'other-posture' ? nameOf(subject!) : expectedMeasured(kind, from, to);
    return this.add(
      {
        kind,
        passed: flaw !== 'failed',
        subject,
        target,
        measuredAt: wallMs - overMs + shiftMs,
        madeAt: trueMs - overMs + Math.min(0, shiftMs),
        sampledFrom: trueMs - overMs - lengthMs,
        sampledSeconds,
        closedTrades,
        signer: signers[flaw === 'same-signer' ? 'approver' : 'measure'].keyId,
      },
      {
        measured: measured ?? nameOf(to),
        ...(kind === 'canary' ? { margin: trustRoot.canaryMargin } : {}),
        timeScale: (sampledSeconds / lengthMs) * 1000,
        sampledSeconds,
        closes: { source: 'trader.db', count: closedTrades, expectedSource: 'trader.db', minimum: 1 },
      },
    );
  }

  private approve(from: Posture | null, to: Posture, now: Now, shown: readonly Evidence[], flaw: Flaw | null): void {
    const target = flaw === 'other-change' ? { ...to, symbols: ['OTHER'] } : to;
    const expiresAt = now.wallMs + (flaw === 'approval-expired' ? -1 : approvedForMs);
    const head = flaw === 'other-head' ? digestBytes('another head') : now.head;
    const covers = shown.map(({ digest }) => digest);
    this.add(
      {
        kind: 'approval',
        passed: true,
        subject: from,
        target,
        measuredAt: now.wallMs,
        madeAt: now.trueMs,
        sampledFrom: now.trueMs,
        sampledSeconds: 0,
        closedTrades: 0,
        // Where one hand measures and approves, it is the approver's: its signature on evidence is a good one.
        signer: signers.approver.keyId,
        head,
        covers,
        expiresAt,
      },
      {
        measured: from ? nameOf(from) : nameOf(to),
        timeScale: 1,
        approves: {
          transition: digestTransition(from, target),
          ledgerHead: head,
          evidence: covers,
          expiresAt,
        },
      },
    );
  }

  private add(fact: ProofFact, rest: Pick<Evidence, 'measured' | 'timeScale'> & Partial<Evidence>): Evidence {
    const { kind, passed, target, measuredAt, signer } = fact;
    const name = `${kind}-${this.evidence.length}`;
    const one: Evidence = {
      kind,
      digest: digestBytes(name),
      name,
      keyIds: [signer],
      stack: trustRoot.stack,
      account: trustRoot.account,
      target: nameOf(target),
      passed,
      measuredAt,
      feed: 'embedded',
      ...rest,
    };
    this.facts.set(one.digest, fact);
    this.evidence.push(one);
    return one;
  }
}
