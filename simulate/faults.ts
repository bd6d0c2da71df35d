import { returns } from './returns';
import type { World } from './world';

type Fault = (world: World) => void;

/** What can go wrong. Each is one moment of trouble, with its own end where it has one. */
export const faults: Readonly<Record<string, Fault>> = {
  gatewayCrash: (world) => world.crashGateway(),
  gatewayCrashWhileWriting: (world) => forAWhile(world, 20_000, (on) => (world.crashWhileWriting = on ? 0.2 : 0)),
  guardianCrash: (world) => world.crashGuardian(world.random.pick(world.guardians)),
  bothCrash: (world) => {
    world.crashGateway();
    for (const guardian of world.guardians) world.crashGuardian(guardian);
  },
  gatewayPause: (world) => world.gateway.running && world.gateway.computer.stop(world.random.between(100, 20_000)),
  guardianPause: ({ guardians, random }) => random.pick(guardians).computer.stop(random.between(100, 40_000)),
  gatewaySuspend: ({ gateway, random }) => gateway.running && gateway.computer.suspend(random.between(2_000, 30_000)),
  guardianSuspend: ({ guardians, random }) => random.pick(guardians).computer.suspend(random.between(2_000, 30_000)),
  // No step hides a suspension: steps back are longer than any suspension here.
  gatewayClockStep: ({ gateway, random }) =>
    gateway.computer.stepWall(random.pick([random.between(500, 100_000), -random.between(60_000, 7_200_000)])),
  guardianClockStep: (world) => {
    world.guardianClocksDiffer = true;
    world.random.pick(world.guardians).computer.stepWall(world.random.between(-7_200_000, 7_200_000));
  },
  partition: ({ network, random }) =>
    network.disturb('guardian-gateway', random.between(3_000, 40_000), { loss: 1, delayMs: 0, repeat: 0 }),
  guardianNetwork: ({ network, random }) =>
    network.disturb('guardian-gateway', random.between(10_000, 60_000), {
      loss: random.between(0, 0.6),
      delayMs: random.pick([500, 3_000, 20_000, 60_000]),
      repeat: 0.3,
    }),
  traderNetwork: ({ network, random }) =>
    network.disturb('trader-gateway', random.between(5_000, 30_000), {
      loss: random.between(0, 0.5),
      delayMs: random.pick([500, 10_000]),
      repeat: 0.5,
    }),
  operatorNetwork: ({ network, random }) => {
    const fault = { loss: 0.8, delayMs: 1_000, repeat: 0.5 };
    network.disturb('operator-gateway', random.between(5_000, 30_000), fault);
    network.disturb('operator-guardian', random.between(5_000, 30_000), fault);
  },
  venueNetwork: ({ network, random }) =>
    network.disturb('gateway-venue', random.between(5_000, 40_000), {
      loss: random.between(0, 0.5),
      delayMs: random.pick([300, 2_000, 6_000]),
      repeat: 0,
    }),
  venueSlow: (world) =>
    forAWhile(world, 40_000, (on) => (world.venue.executionMs = on ? world.random.pick([500, 1_500, 6_000]) : 50)),
  venueDown: (world) => forAWhile(world, 8_000, (on) => (world.venue.down = on)),
  venueRejects: (world) => forAWhile(world, 20_000, (on) => (world.venue.rejects = on ? 0.5 : 0)),
  gatewayDiskSlow: (world) => forAWhile(world, 20_000, (on) => (world.gateway.diskMs = on ? 800 : 5)),
  gatewayDiskBroken: (world) => forAWhile(world, 10_000, (on) => (world.gateway.diskBroken = on)),
  ledgerFails: (world) => forAWhile(world, 20_000, (on) => (world.ledgerFails = on ? 0.7 : 0)),
  ledgerSlow: (world) => forAWhile(world, 20_000, (on) => (world.ledgerMs = on ? 3_000 : 30)),
  ledgerUnreadable: (world) => {
    forAWhile(world, 15_000, (on) => (world.ledger.readable = !on));
    if (world.random.chance(0.5)) withoutGrounds(world);
  },
  ledgerRestored: (world) => world.restoreLedger(),
  gatewayDiskRestored: (world) => world.restoreGateway(),
  secondGuardian: (world) => {
    world.addGuardian();
    if (world.random.chance(0.5)) return;
    // Both decide on the same change while their appends are slow.
    world.ledgerMs = 1_500;
    world.schedule.after(8_000, () => world.operator.change());
  },
  secondGateway: (world) => world.addGateway(),
  secondTrader: (world) => world.addTrader(),
  changeWithoutProof: ({ operator }) => operator.change('none'),
  changeWithProof: ({ operator }) => operator.change(),
  changeWithFlawedProof: ({ operator }) => operator.changeWithFlaw(),
  changeAndClockStepsBack: (world) => {
    const { operator, schedule, random } = world;
    operator.change();
    world.guardianClocksDiffer = true;
    const { computer } = world.guardians[0]!;
    schedule.after(random.between(100, 2_000), () => computer.stepWall(-random.between(70_000, 7_200_000)));
  },
  usedProofAgain: ({ operator }) => operator.proveAgain(),
  fall: ({ operator }) => operator.fall(),
  toPaper: ({ operator }) => operator.toPaper(),
  backAgain: ({ operator }) => operator.backAgain(),
  changeUnderHalt: (world) => {
    world.halt();
    world.schedule.after(world.random.between(1_000, 8_000), () => world.operator.change());
  },
  evidenceGarbage: (world) => {
    forAWhile(world, 15_000, (on) => (world.proofs.garbage = on));
    withoutGrounds(world);
  },
  trustRootGone: (world) => {
    forAWhile(world, 5_000, (on) => (world.withoutTrustRoot = on));
    withoutGrounds(world);
  },
  operatorHalt: (world) => world.halt(),
  operatorHaltWithoutGateway: (world) => {
    const ms = world.random.between(5_000, 30_000);
    for (const link of ['operator-gateway', 'guardian-gateway'] as const)
      world.network.disturb(link, ms, { loss: 1, delayMs: 0, repeat: 0 });
    world.halt();
  },
  operatorHaltAtGatewayAndCrash: (world) => {
    world.network.disturb('operator-guardian', 30_000, { loss: 1, delayMs: 0, repeat: 0 });
    world.halt();
    world.schedule.after(world.random.between(20, 600), () => world.crashGateway());
  },
  operatorHaltWithSlowVenue: (world) => {
    faults.venueSlow!(world);
    world.network.disturb('gateway-venue', 20_000, { loss: 0.3, delayMs: 800, repeat: 0 });
    world.schedule.after(world.random.between(2_000, 10_000), () => world.halt());
  },
  ruleTrip: (world) => world.trip('error_rate'),
  close: (world) => world.schedule.after(5_000, () => world.close()),
  forgedPermits: (world) => {
    world.attacker.forgesUntil = world.schedule.now + 15_000;
    repeat(world, 8, () => world.attacker.ask());
    repeat(world, 8, () => world.attacker.sendPermit());
  },
  foreignOrders: (world) => repeat(world, 15, () => world.attacker.sendOrder()),
  lyingBackend: (world) => {
    world.attacker.lyingBackend = true;
    repeat(world, 15, () => world.attacker.sendOrder());
  },
  longOutage: (world) => world.sleep(world.random.between(3_000_000, 8_000_000)),
  ...returns,
};

/** Faults under which everything still answers, so that the tight bounds hold. */
export const quiet: readonly string[] = ['ruleTrip', 'close', 'foreignOrders', 'forgedPermits', 'changeWithProof'];

/** Somebody goes on changing the stack, while what a decision is made from is broken: up, down, to paper. */
function withoutGrounds({ operator, random }: World): void {
  random.pick([() => operator.change(), () => operator.fall(), () => operator.toPaper()])();
}

function forAWhile(world: World, longestMs: number, set: (on: boolean) => void): void {
  set(true);
  world.schedule.after(world.random.between(longestMs / 10, longestMs), () => set(false));
}

function repeat(world: World, times: number, work: () => void): void {
  for (let count = 0; count < times; count++) world.schedule.after(world.random.between(0, 15_000), work);
}
