import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { digestTrustRoot } from '../../evidence/trust-root';
import { exportLedger } from '../../ledger/export';
import { readGrounds } from '../../ledger/grounds';
import { appendDraft } from '../../ledger/ledger-file';
import type { Operations, PostureSighting } from '../../platforms/platform';
import { type Digest, digestOf } from '../../posture/digest';
import { digestPosture } from '../../posture/posture';
import { stepGuardian } from '../../protocol/guardian-machine';
import {
  type GuardianEffect,
  type GuardianEvent,
  type GuardianState,
  startGuardian,
} from '../../protocol/guardian-state';
import type { Moment } from '../../protocol/messages';
import { AbortSequence } from './abort';
import { Announcer, isOpen } from './announcer';
import { Decider, type DecisionReport } from './decider';
import { draftOf } from './draft';
import { type GuardianFiles, guardianFiles } from './files';
import { GatewayClient } from './gateway-client';
import { type GrantReport, reportGrant } from './grant-report';
import { findInstances } from './instances';
import { LedgerReader, type LedgerSight, unreadable } from './ledger-reader';
import { describeLack, describeObservation, fetchEvidence, modeOf } from './observation';
import { readRenewal, writeRenewal } from './renewal';
import { trippedRules } from './rules/all-rules';
import { Sampler } from './sampler';
import { readTrust, type Trust } from './trust';
import { checkWritable } from './writable';

export interface GuardianOptions {
  readonly stack: string;
  readonly dataDir: string;
  readonly evidenceDir: string;
  readonly operations: Operations;
  readonly log: Logger;
  readonly clock: () => Moment;
}

/** What is known from round to round, for those who ask. */
export interface GuardianStatus {
  readonly grant: GrantReport;
  /** The digest of the posture that was observed last; null where it cannot be told, and why. */
  readonly observed: { readonly posture: Digest | null; readonly reason?: string };
  readonly permit: { readonly token: number; readonly secondsAgo: number } | null;
}

type Trusted = Extract<Trust, { ok: true }>;

/** Codes that say that the protocol waits for its next challenge; nothing is wrong then. */
const waiting = ['observed_before_challenge', 'appending', 'gateway_start', 'ledger_behind'];
/** For this long after a permit was accepted waiting is as it should be, milliseconds. */
const freshMs = 10_000;

/** The shell around the protocol's guardian: it looks, asks the state machine, and does what that says. */
export class Guardian {
  private readonly files: GuardianFiles;
  private readonly ledger: LedgerReader;
  private readonly gateway: GatewayClient;
  private readonly sampler: Sampler;
  private readonly decider: Decider;
  private machine: { state: GuardianState; readonly root: Digest } | undefined;
  private sighting: PostureSighting = { replicas: [], duplicates: [], posture: null, reason: 'not observed yet' };
  private grant: GrantReport = { state: 'none', posture: null, reasons: [] };
  private tripped: readonly string[] = [];
  private failures: readonly string[] = [];
  private notes: string[] = [];
  /** Whether the gateway may hold a permit of ours; so it is at the start, when nobody knows. */
  private mayHold = true;
  private accepted: { readonly token: number; readonly at: number } | undefined;
  private appendProblem: string | undefined;
  private readonly aborting: AbortSequence;
  private readonly announcer: Announcer;

  constructor(private readonly options: GuardianOptions) {
    const { dataDir, evidenceDir, operations } = options;
    this.files = guardianFiles(dataDir);
    this.ledger = new LedgerReader(this.files.ledger);
    this.gateway = new GatewayClient(() => operations.ownAddressOf('gateway'));
    this.sampler = new Sampler(operations);
    this.aborting = new AbortSequence(options.stack, operations, options.log);
    this.announcer = new Announcer(operations, options.log);
    this.decider = new Decider((now) => readGrounds({ guardianData: dataDir, evidence: evidenceDir }, now));
  }

  /** One round: a challenge where a permit is due, a look at everything, and what follows from it. */
  async round(): Promise<PostureSighting> {
    this.notes = [];
    const trust = this.readTrust();
    if (trust.ok) await this.handle({ kind: 'tick' }, trust);
    else await this.standBack(trust);
    return this.sighting;
  }

  status(): GuardianStatus {
    const { posture, reason } = this.sighting;
    const secondsAgo = this.accepted && (this.options.clock().monoMs - this.accepted.at) / 1000;
    return {
      grant: this.grant,
      observed: { posture: posture && digestPosture(posture), ...(reason === undefined ? {} : { reason }) },
      permit: this.accepted ? { token: this.accepted.token, secondsAgo: secondsAgo! } : null,
    };
  }

  decision(): DecisionReport | null {
    return this.decider.report;
  }

  /** A signed copy of the ledger's end. @throws Error that says why there is none */
  exportTail(): string {
    const trust = this.readTrust();
    if (!trust.ok) throw new Error(trust.reason);
    const { chain, read } = this.ledger.read(trust.pinned);
    if (!chain) throw new Error(read.readable ? 'the ledger cannot be read' : read.reason);
    const clock = { now: this.options.clock().wallMs, lastRenewal: readRenewal(this.files.renewal) };
    return exportLedger(chain, clock, [trust.signer]);
  }

  /** Keys and trust root, read afresh; a pinned trust root that is not the one of this start is none. */
  private readTrust(): Trust {
    const trust = readTrust(this.files, this.options.stack, (pinned) => this.ledger.rootInForce(pinned));
    if (!trust.ok) return trust;
    const root = digestTrustRoot(trust.pinned);
    const { account, stack, genesis } = trust.pinned;
    this.machine ??= { state: startGuardian({ account, stack, genesis }), root };
    if (this.machine.root === root) return trust;
    const reason = 'the pinned trust root is not the one that this guardian started with; restart it';
    return { ok: false, code: 'trust_root_changed', reason };
  }

  /** Without keys or trust root nothing is granted, and what was granted is not renewed. Paper needs none of it. */
  private async standBack({ code, reason }: Extract<Trust, { ok: false }>): Promise<void> {
    this.sighting = await this.options.operations.observePosture();
    if (this.machine) await this.revoke();
    this.report({ state: code === 'not_initialised' ? code : 'blocked', posture: null, reasons: [reason] });
  }

  private async handle(event: GuardianEvent, trust: Trusted): Promise<void> {
    // Nothing waits between the reading of the state and its writing: an abort may end at any time.
    const step = stepGuardian(this.machine!.state, event, this.options.clock(), trust.sign);
    this.machine!.state = step.state;
    for (const effect of step.effects) await this.perform(effect, trust);
  }

  private async perform(effect: GuardianEffect, trust: Trusted): Promise<void> {
    switch (effect.kind) {
      case 'askChallenge': {
        const challenge = await this.gateway.challenge(this.ledger.rotations);
        return challenge && this.handle({ kind: 'challengeReceived', challenge }, trust);
      }
      case 'observe':
        return this.observe(trust);
      case 'decide': {
        const { tripped, sighting, options } = this;
        const decided = this.decider.answer(effect, sighting.posture, tripped, options.clock());
        return decided && this.handle(decided, trust);
      }
      case 'append':
        return this.append(effect, trust);
      case 'sendPermit': {
        this.mayHold = true;
        const answer = await this.gateway.permit(effect.signed);
        if (answer.accepted) this.accepted = { token: effect.signed.permit.token, at: this.options.clock().monoMs };
        else this.notes.push(`the gateway did not take the permit: ${answer.code}`);
        return;
      }
      case 'persistRenewal':
        try {
          return writeRenewal(this.files.renewal, effect.renewedAt);
        } catch (error) {
          return void this.notes.push(`the renewal cannot be recorded: ${messageOf(error)}`);
        }
      case 'revoke':
        return this.revoke();
      case 'haltGateway': {
        const reason = this.machine!.state.halting?.reason ?? 'a halt is open in the ledger';
        if (await this.gateway.halt(effect.id, reason))
          return this.handle({ kind: 'gatewayHalted', id: effect.id }, trust);
        return void this.notes.push('the gateway has not confirmed the halt');
      }
      case 'closeGateway':
        return this.gateway.close(effect.signed);
      case 'abort':
        // Not waited for: the rounds go on, and ask for it again until it has come to its verified end.
        return void this.abort(effect.id, trust);
      case 'report':
        this.failures = effect.failures;
        return;
      case 'reply':
        // Only an operator's halt is answered, and operators halt at the gateway.
        return;
    }
  }

  private async observe(trust: Trusted): Promise<void> {
    const { operations, evidenceDir, clock } = this.options;
    const startedAt = clock().monoMs;
    const unfetched = fetchEvidence(operations, evidenceDir);
    this.sighting = await operations.observePosture();
    const ledger = this.readLedger(trust, this.sighting);
    const live = modeOf(this.sighting, ledger) === 'live';
    const binding = live ? await findInstances(this.sighting, operations) : { instances: [] };
    const lack = describeLack(ledger, this.machine!.state.challenge?.challenge.ledger);
    this.notes.push(...[await unfetched, binding.reason, lack].filter((note) => note !== undefined));
    this.tripped = live ? await this.judge(ledger, startedAt) : [];
    if (!live) this.sampler.reset();
    const observation = describeObservation(this.sighting, ledger, {
      startedAt,
      instances: binding.instances,
      gatewayStart: live ? await this.gateway.start() : null,
      // Rules guard what was granted; over them nothing is granted either: see the decision.
      tripped: ledger.chain?.unendedGrant ? this.tripped : [],
      renewedAt: readRenewal(this.files.renewal),
    });
    this.decider.look(this.sighting.posture && observation.posture);
    this.failures = [];
    await this.handle({ kind: 'observed', observation }, trust);
    this.summarize(observation.mode, ledger, trust);
  }

  /** A ledger that cannot be written is as good as unreadable: whatever happens next could not be recorded. */
  private readLedger(trust: Trusted, { posture }: PostureSighting): LedgerSight {
    const ledger = this.ledger.read(trust.pinned);
    if (!ledger.chain || (posture && posture.tradingMode === 'paper')) return ledger;
    const problem = checkWritable(this.files);
    return problem === undefined ? ledger : unreadable(`not_writable: ${problem}`);
  }

  private async judge({ chain }: LedgerSight, at: number): Promise<string[]> {
    const { sighting } = this;
    const grant = chain?.unendedGrant;
    const limits = grant?.body.posture.risk ?? sighting.posture?.risk;
    const samples = await this.sampler.take(sighting, sighting.duplicates, at);
    if (!limits) return [];
    return trippedRules({ samples, limits, since: grant?.grantedAt ?? 0, now: this.options.clock() });
  }

  private async append({ write, body, expected }: Extract<GuardianEffect, { kind: 'append' }>, trust: Trusted) {
    const { files, sighting, options } = this;
    const { pinned, signer } = trust;
    try {
      const { chain } = this.ledger.read(pinned);
      if (!chain) throw new Error('the ledger cannot be read');
      const now = options.clock().wallMs;
      // A halt that is not of this guardian's own making was latched at the gateway, with somebody's words.
      const isOwn = body.kind !== 'halt' || this.machine!.state.halting?.id === body.id;
      const words = isOwn ? undefined : await this.gateway.describeHalt(body.id);
      const postures = [sighting.posture, chain.unendedGrant?.body.posture ?? null].filter(
        (posture) => posture !== null,
      );
      const draft = draftOf(body, chain, postures, now, words);
      const entry = appendDraft(files.ledger, pinned, draft, { expected, signers: [signer], now });
      options.log.warn({ entry: { seq: entry.seq, kind: entry.kind, digest: digestOf(entry.body) } }, 'recorded');
      this.appendProblem = undefined;
      await this.handle({ kind: 'appended', write }, trust);
    } catch (error) {
      this.appendProblem = `the ${body.kind} cannot be recorded: ${messageOf(error)}`;
      options.log.error({ err: error }, this.appendProblem);
      await this.handle({ kind: 'appendFailed', write }, trust);
    }
  }

  private async revoke(): Promise<void> {
    if (!this.mayHold) return;
    if (await this.gateway.revoke()) this.mayHold = false;
    this.accepted = undefined;
  }

  private async abort(id: string, trust: Trusted): Promise<void> {
    if (await this.aborting.run(id)) await this.handle({ kind: 'aborted', id }, trust);
  }

  private summarize(mode: 'paper' | 'live', ledger: LedgerSight, { pinned }: Trusted): void {
    const fresh = this.accepted !== undefined && this.options.clock().monoMs - this.accepted.at < freshMs;
    this.report(
      reportGrant({
        mode,
        // Read again: this round may have added to it.
        ledger: ledger.chain ? this.ledger.read(pinned).read : ledger.read,
        halting: this.machine!.state.halting,
        tripped: this.tripped,
        failures: this.failures.filter((name) => !(fresh && waiting.includes(name))),
        notes: [...(this.appendProblem ? [this.appendProblem] : []), ...this.notes],
        refusals: this.decider.refusals(),
      }),
    );
  }

  private report(next: GrantReport): void {
    const changed = digestOf([next.state, next.reasons]) !== digestOf([this.grant.state, this.grant.reasons]);
    if (changed) this.options.log.warn({ grant: next }, `live trading: ${next.state}`);
    this.grant = next;
    this.announcer.tell({ halted: !isOpen(next.state), posture: next.posture });
  }
}
