import type { Grounds } from '../../ledger/grounds';
import { type Decision, decide } from '../../posture/decide';
import { describeNoReturn, describeReason } from '../../posture/describe-decision';
import type { Digest } from '../../posture/digest';
import { explainReason } from '../../posture/explain/explain-reason';
import type { ExplainedReason } from '../../posture/explain/explanation';
import { worstFirst } from '../../posture/explain/reason-codes';
import { digestPosture, type Posture } from '../../posture/posture';
import type { GuardianEffect, GuardianEvent } from '../../protocol/guardian-state';
import type { Moment } from '../../protocol/messages';

type Question = Extract<GuardianEffect, { kind: 'decide' }>;

/** The last decision, for people and verbs. Times are RFC 3339 UTC. */
export interface DecisionReport extends Decision {
  readonly decidedAt: string;
  readonly from: Digest | null;
  readonly to: Digest;
  /** The worst first, each with what its code means. */
  readonly reasons: readonly ExplainedReason[];
  /** Files of evidence that do not count at all. */
  readonly rejected: readonly { readonly name: string; readonly code: string; readonly reason: string }[];
}

/** A posture is decided on when it was seen in as many looks in a row: an `up` passes through others. */
const settledLooks = 3;
/** A refusal is not made again sooner, milliseconds: reading all evidence takes its time. */
const againMs = 3_000;

/** Answers the protocol's question whether an observed posture may be granted. */
export class Decider {
  private seen: { readonly posture: Digest | null; readonly looks: number } = { posture: null, looks: 0 };
  private last: DecisionReport | null = null;
  private refusedAt: number | null = null;

  /**
   * @param readGrounds what a decision is made from, at a wall time
   * @param judge the decision itself; only the simulation gives another, to show that each part of it is needed
   */
  constructor(
    private readonly readGrounds: (now: number) => Grounds,
    private readonly judge: typeof decide = decide,
  ) {}

  /** Hears what was observed in this round; null where no posture could be read. */
  look(posture: Digest | null): void {
    const same = this.seen.posture === posture;
    if (!same) this.refusedAt = null;
    this.seen = { posture, looks: same ? this.seen.looks + 1 : 1 };
  }

  get report(): DecisionReport | null {
    return this.last;
  }

  /** Why the posture that is observed now was refused; empty where it was not, or not yet. */
  refusals(): string[] {
    if (this.seen.posture === null || this.last?.to !== this.seen.posture) return [];
    return [...this.last.reasons.map(describeReason), ...describeNoReturn(this.last)];
  }

  /**
   * Decides on what was observed.
   * @param tripped rules that trip now: nothing is granted over them
   * @returns undefined where it is too early to say, or ledger or observation have moved on since the question
   */
  answer(
    question: Question,
    observed: Posture | null,
    tripped: readonly string[],
    now: Moment,
  ): Extract<GuardianEvent, { kind: 'decided' }> | undefined {
    if (!observed || digestPosture(observed) !== question.posture) return undefined;
    if (this.seen.looks < settledLooks || tripped.length > 0) return undefined;
    if (this.refusedAt !== null && now.monoMs - this.refusedAt < againMs) return undefined;
    const grounds = this.readGrounds(now.wallMs);
    const { from, ledger, rejected } = grounds;
    if (!ledger.readable || ledger.head !== question.at.head || digestOrNull(from) !== question.previous) {
      return undefined;
    }
    const decision = this.judge({ ...grounds, to: observed });
    this.last = {
      ...decision,
      // As packs and verbs tell them.
      reasons: worstFirst(decision.reasons).map(explainReason),
      againstReturn: worstFirst(decision.againstReturn).map(explainReason),
      decidedAt: new Date(now.wallMs).toISOString(),
      from: question.previous,
      to: question.posture,
      rejected,
    };
    const allow = decision.verdict === 'allow';
    this.refusedAt = allow ? null : now.monoMs;
    const { posture, previous, at } = question;
    const outcome = allow
      ? ({ allow: true, evidence: decision.consumes, ...(decision.return ? { isReturn: true as const } : {}) } as const)
      : ({ allow: false } as const);
    return { kind: 'decided', posture, previous, at, decision: outcome };
  }
}

const digestOrNull = (posture: Posture | null) => posture && digestPosture(posture);
