import { messageOf } from '../errors';
import type { Grounds } from '../ledger/grounds';
import type { Posture } from '../posture/posture';
import { stepGuardian } from '../protocol/guardian-machine';
import type { GuardianEffect, GuardianEvent, GuardianState, Observation } from '../protocol/guardian-state';
import { startGuardian } from '../protocol/guardian-state';
import { Decider } from '../workloads/guardian/decider';
import { draftOf } from '../workloads/guardian/draft';
import { Computer } from './computer';
import { signAs } from './keys';
import type { WorldPort } from './ports';

const roundMs = 1_000;

/** The shell around the guardian's machine: rounds, the ledger's disk, and what it can see. */
export class SimulatedGuardian {
  readonly computer: Computer;
  private state!: GuardianState;
  private seenAt = 0;
  private decider!: Decider;
  /** What was seen in the last round: the posture that a digest of it names. */
  private sighting: { readonly declared: Posture; readonly tripped: readonly string[] };
  private readonly requests = new Map<string, () => void>();
  private requestCount = 0;

  constructor(
    private readonly world: WorldPort,
    readonly name: string,
  ) {
    this.computer = new Computer(world.schedule, world.random);
    this.sighting = world.system;
    this.start();
  }

  start(): void {
    this.computer.start();
    this.requests.clear();
    this.state = startGuardian(this.world.pins);
    this.decider = this.makeDecider();
    this.world.trace(`${this.name} starts`);
    this.tick(this.computer.epoch);
  }

  crash(): void {
    this.world.trace(`${this.name} crashes`);
    this.world.witness.guardianCrashed();
    this.computer.crash();
  }

  /** An operator halts here. @param answered when the halt is sure to hold */
  halt(id: string, answered: () => void): void {
    this.computer.run(this.computer.epoch, () => {
      const request = `h${this.requestCount++}`;
      this.requests.set(request, answered);
      this.step({ kind: 'haltAsked', request, id, reason: 'operator' });
    });
  }

  /** Production's decider, on grounds that it reads here; each of its decisions is shown to the witness. */
  private makeDecider(): Decider {
    const { world } = this;
    let grounds: Grounds;
    const read = (now: number) => {
      grounds = world.readGrounds(now);
      return grounds;
    };
    return new Decider(read, (input) => {
      const decision = world.plant.decide(input);
      world.decided(this.name, grounds, input.to, decision);
      return decision;
    });
  }

  private tick(epoch: number): void {
    this.computer.run(epoch, () => {
      this.step({ kind: 'tick' });
      this.world.schedule.after(roundMs, () => this.tick(epoch));
    });
  }

  private later(ms: number, event: () => GuardianEvent): void {
    const { epoch } = this.computer;
    this.world.schedule.after(ms, () => this.computer.run(epoch, () => this.step(event())));
  }

  private step(event: GuardianEvent): void {
    const { world } = this;
    const now = this.computer.now();
    const sign = (bytes: string) => signAs('guardian', bytes);
    const { state, effects } = stepGuardian(this.state, event, now, sign, world.plant.guardianRules);
    this.state = state;
    const early = event.kind === 'decided' && event.decision.allow && world.plant.issueBeforeAppend;
    for (const effect of effects) {
      this.carryOut(effect);
      if (early && effect.kind === 'append') this.issueEarly();
    }
  }

  /** Only for a planted fault: the observation is judged as if the grant were already there. */
  private issueEarly(): void {
    const observation = this.look();
    const { ledger } = observation;
    if (!ledger.readable || !this.state.challenge) return;
    this.state = { ...this.state, appending: null };
    const standing = { posture: observation.posture, grantedAt: this.computer.now().wallMs };
    this.seenAt = this.world.schedule.now;
    this.step({ kind: 'observed', observation: { ...observation, ledger: { ...ledger, standing } } });
  }

  private look(): Observation {
    const { world } = this;
    const { posture, mode, limits, tripped } = world.system;
    return {
      startedAt: this.computer.now().monoMs,
      mode,
      posture,
      limits,
      tripped: [...tripped],
      instances: world.system.traders.map(({ key, startedAt }) => ({ key, starts: [`${startedAt}`] })),
      gatewayStart: world.gateway.running ? world.gateway.state.start : null,
      renewedAt: world.renewedAt,
      ledger: world.ledger.view(),
    };
  }

  private carryOut(effect: GuardianEffect): unknown {
    const { world } = this;
    const { random } = world;
    switch (effect.kind) {
      case 'observe': {
        const seen = this.look();
        const seenAt = world.schedule.now;
        const sighting = world.system;
        return this.later(random.between(10, 150), () => {
          this.seenAt = seenAt;
          this.sighting = sighting;
          this.decider.look(seen.posture);
          return { kind: 'observed', observation: { ...seen, ledger: world.ledger.view() } };
        });
      }
      case 'askChallenge':
        return world.toGateway((at) =>
          at.receive(
            (request) => ({ kind: 'challengeAsked', request, nonce: at.nonce() }),
            (answer) => {
              if (answer.kind !== 'challenge') return;
              world.attacker.overhear(answer.challenge);
              const { challenge } = answer;
              this.hear(() => ({ kind: 'challengeReceived', challenge }));
            },
          ),
        );
      case 'decide': {
        const { declared, tripped } = this.sighting;
        const decided = this.decider.answer(effect, declared, tripped, this.computer.now());
        return decided && this.later(random.between(5, 200), () => decided);
      }
      case 'append': {
        const { epoch } = this.computer;
        return world.schedule.after(random.between(2, world.ledgerMs), () => this.append(effect, epoch));
      }
      case 'sendPermit': {
        const { signed } = effect;
        world.trace(`${this.name} issues token ${signed.permit.token} for ${signed.permit.posture.slice(-4)}`);
        world.witness.permitIssued(signed.permit, this.seenAt);
        world.attacker.keep(signed);
        return world.toGateway((at) => at.receive((request) => ({ kind: 'permitReceived', request, signed })));
      }
      case 'persistRenewal':
        world.renewedAt = effect.renewedAt;
        return;
      case 'revoke':
        return world.toGateway((at) => at.receive(() => ({ kind: 'revoked' })));
      case 'haltGateway': {
        const { id } = effect;
        world.witness.haltHeard(id);
        return world.toGateway((at) =>
          at.receive(
            (request) => ({ kind: 'halted', request, id }),
            () => {
              world.witness.haltLatched(id, at);
              this.hear(() => ({ kind: 'gatewayHalted', id }));
            },
          ),
        );
      }
      case 'closeGateway':
        return world.toGateway((at) => at.receive(() => ({ kind: 'closed', signed: effect.signed })));
      case 'abort':
        return this.later(random.between(200, world.abortMs), () => ({ kind: 'aborted', id: effect.id }));
      case 'reply':
        this.requests.get(effect.request)?.();
        return;
      case 'report':
        for (const code of effect.failures) world.witness.notIssued(code);
        return;
    }
  }

  private append({ write, body, expected }: Extract<GuardianEffect, { kind: 'append' }>, epoch: number): void {
    const { world } = this;
    const { random, ledger } = world;
    // A crash may come before the entry is whole, or after.
    const crashed = !this.computer.alive || this.computer.epoch !== epoch;
    const torn = crashed ? random.chance(0.5) : random.chance(world.ledgerFails);
    const what = JSON.stringify(body);
    try {
      const now = this.computer.now().wallMs;
      const chain = ledger.open();
      const granted = chain.unendedGrant?.body.posture;
      const postures = granted ? [this.sighting.declared, granted] : [this.sighting.declared];
      const draft = draftOf(body, chain, postures, Math.floor(now));
      const recorded = ledger.append(draft, { expected, now, torn: torn ? random.next() : 1 });
      world.trace(`${this.name} appends ${what}`);
      if (body.kind === 'halt') world.witness.haltRecorded(body.id);
      if (body.kind === 'grant') world.witness.granted(recorded);
      this.later(0, () => ({ kind: 'appended', write }));
    } catch (error) {
      world.trace(`${this.name} cannot append ${what}: ${messageOf(error)}`);
      this.later(0, () => ({ kind: 'appendFailed', write }));
    }
  }

  private hear(event: () => GuardianEvent): void {
    const { epoch } = this.computer;
    this.world.network.send('guardian-gateway', () => this.computer.run(epoch, () => this.step(event())));
  }
}
