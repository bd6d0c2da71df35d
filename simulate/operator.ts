import type { Posture } from '../posture/posture';
import type { WorldPort } from './ports';
import { firstLive, lower, paper, raise, riseKinds } from './postures';
import type { Flaw } from './proofs';

type OperatedWorld = WorldPort & { deploy(declared: Posture): void };

/** Who changes the stack: with proof, with a flawed one or with none, up and down. A pack is asked each time. */
export class Operator {
  private names = 0;

  constructor(private readonly world: OperatedWorld) {}

  /** One step up from what is deployed, or to live. @param flaw what is wrong with its proof; `none`: there is none */
  change(flaw: Flaw | 'any' | 'none' | null = null): void {
    const { world } = this;
    const { mode, declared } = world.system;
    const name = `v${this.names++}`;
    const to = mode === 'live' ? raise(declared, name, world.random) : firstLive(name);
    if (flaw !== 'none') this.prove(to, flaw);
    this.deploy(to);
  }

  changeWithFlaw(): void {
    this.change('any');
  }

  /** The last posture that was granted is approved once more, by measurements that its grant has consumed. */
  proveAgain(): void {
    const { world } = this;
    const last = world.ledger.entries.flatMap(({ entry }) => (entry.kind === 'grant' ? entry.body.posture : [])).at(-1);
    if (!last) return;
    this.toPaper();
    world.schedule.after(world.random.between(1_500, 4_000), () => {
      this.prove(last, null, true);
      this.deploy(last);
    });
  }

  /** Less risk under live. */
  fall(): void {
    const { declared, mode } = this.world.system;
    if (mode === 'live') this.deploy(lower(declared, this.world.random));
  }

  toPaper(): void {
    this.deploy(paper);
  }

  /** A live posture that ran before is deployed again, without proof. */
  backAgain(): void {
    const { history, random } = this.world;
    const before = history.livePostures();
    this.deploy(before.length > 0 ? random.pick(before) : firstLive(`v${this.names++}`));
  }

  /** The posture of the grant before the standing one is deployed again, without proof. */
  goBack(): void {
    const before = this.former();
    if (before) this.deploy(before);
  }

  /** A posture is deployed, without proof. */
  ask(to: Posture): void {
    this.deploy(to);
  }

  /** Another model, with proof: the return from it is a rise. */
  changeModel(): void {
    const { world } = this;
    const { mode, declared } = world.system;
    if (mode !== 'live') return;
    const to = riseKinds.model!(declared, `v${this.names++}`);
    this.prove(to, null);
    this.deploy(to);
  }

  /** The posture that was gone back from is deployed again, with proof. */
  goForthAgain(): void {
    const again = this.former();
    if (!again || this.world.system.mode !== 'live') return;
    this.prove(again, null);
    this.deploy(again);
  }

  /** Something fails of what would be gone back to. */
  failFormer(): void {
    const { world } = this;
    const before = this.former();
    const { wallMs } = world.guardians[0]!.computer.now();
    if (before)
      world.proofs.fail(before, { trueMs: world.schedule.now, wallMs, head: world.ledger.at.head }, world.random);
  }

  /** The posture of the newest grant but one. */
  private former(): Posture | undefined {
    const { entries } = this.world.ledger;
    return entries.flatMap(({ entry }) => (entry.kind === 'grant' ? entry.body.posture : [])).at(-2);
  }

  /** A rise is proved from what stands, on the ledger as it is; where it cannot be read nobody can. */
  private prove(to: Posture, flaw: Flaw | 'any' | null, again = false): void {
    const { world } = this;
    const { wallMs } = world.guardians[0]!.computer.now();
    const { ledger, from } = world.readGrounds(wallMs);
    if (!ledger.readable) return;
    const now = { trueMs: world.schedule.now, wallMs, head: ledger.head };
    world.proofs.prove(from, to, now, world.random, flaw, again);
  }

  /** The pack is asked, and its answer witnessed; whoever deploys goes on without it. */
  private deploy(to: Posture): void {
    const { world } = this;
    const grounds = world.readGrounds(world.guardians[0]!.computer.now().wallMs);
    world.decided('pack', grounds, to, world.plant.decide({ ...grounds, to }));
    world.deploy(to);
  }
}
