import { type Digest, digestOf } from '../posture/digest';
import { type Posture, workloadNames } from '../posture/posture';
import type { EvidenceKind } from '../posture/proof';
import { trustRoot } from './keys';
import type { Random } from './random';

/** Names of code and files that were never hashed: short ones, since a history digests its postures often. */
const named = (name: string): Digest => `sha256:${name}`;
const code = named('code');
const everywhere = Object.fromEntries(workloadNames.map((name) => [name, code])) as Posture['workloads'];
const agent = (name: string) => ({ name, command: [], args: [], source: code });

/** What every history starts with. */
export const paper: Posture = {
  stack: trustRoot.stack,
  tradingMode: 'paper',
  account: trustRoot.account,
  agents: [agent('first')],
  symbols: ['BTC', 'ETH'],
  risk: { maxOrderUsd: 100, maxPositionUsd: 250, maxDrawdown: 0.1, maxOrdersPerMinute: 30 },
  confidenceThreshold: 0.6,
  model: { version: '1', digest: code },
  market: { feed: 'embedded', seed: 1, speed: 60 },
  workloads: everywhere,
  settings: everywhere,
};

const digests = new WeakMap<object, Digest>();

/** The digest of something that never changes: of a posture its name. Made once. */
export function nameOf(value: object): Digest {
  const known = digests.get(value) ?? digestOf(value);
  digests.set(value, known);
  return known;
}

export const paperTwin = (posture: Posture): Posture => ({ ...posture, tradingMode: 'paper' });

/** A posture to go live with that never was before. */
export const firstLive = (version: string): Posture => ({
  ...paper,
  tradingMode: 'live',
  model: { version, digest: named(version) },
});

/** Changes of a live posture, each one rise. `name` makes it one that never was. */
export const riseKinds: Readonly<Record<string, (of: Posture, name: string) => Posture>> = {
  agent: (of, name) => ({ ...of, agents: [...of.agents, agent(name)] }),
  model: (of, name) => ({ ...of, model: { version: name, digest: named(name) } }),
  limit: (of) => ({ ...of, risk: { ...of.risk, maxDrawdown: of.risk.maxDrawdown + 0.01 } }),
  threshold: (of) => ({ ...of, confidenceThreshold: of.confidenceThreshold - 0.01 }),
  gateway: (of, name) => ({ ...of, workloads: { ...of.workloads, gateway: named(name) } }),
  opaque: (of, name) => ({ ...of, settings: { ...of.settings, backend: named(name) } }),
};

/** One rise, or sometimes two at once. */
export function raise(of: Posture, name: string, random: Random): Posture {
  const kinds = Object.values(riseKinds);
  const raised = random.pick(kinds)(of, name);
  return random.chance(0.15) ? random.pick(kinds)(raised, `${name}too`) : raised;
}

/** Less risk, still live. */
export function lower(of: Posture, random: Random): Posture {
  const fewer = { ...of, agents: of.agents.slice(0, 1) };
  const smaller = { ...of, risk: { ...of.risk, maxDrawdown: of.risk.maxDrawdown / 2 } };
  const stricter = { ...of, confidenceThreshold: of.confidenceThreshold + 0.05 };
  return random.pick(of.agents.length > 1 ? [fewer, smaller, stricter] : [smaller, stricter]);
}

/**
 * What each rise from one posture to another must be proved by, as docs and design say it and without asking the code
 * that is judged. Empty: no rise.
 */
export function requiredProofs(from: Posture | null, to: Posture): readonly (readonly EvidenceKind[])[] {
  const full: readonly EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
  if (to.tradingMode === 'paper') return [];
  if (from === null || from.tradingMode === 'paper') return [full];
  const differs = (pick: (of: Posture) => object) => nameOf(pick(from)) !== nameOf(pick(to));
  const added = to.agents.filter(({ name }) => !from.agents.some((other) => other.name === name));
  const rises: (readonly EvidenceKind[])[] = added.map(() => ['preflight', 'watch', 'soak', 'approval']);
  if (differs(({ model }) => model)) rises.push(['preflight', 'canary', 'approval']);
  if (to.risk.maxDrawdown > from.risk.maxDrawdown) rises.push(['soak', 'approval']);
  if (to.confidenceThreshold < from.confidenceThreshold) rises.push(['soak', 'approval']);
  if (differs(({ workloads }) => workloads)) rises.push(['preflight', 'drill', 'approval']);
  if (differs(({ settings }) => settings)) rises.push(full);
  return rises;
}

/** Why a posture may not be reached from paper whatever is proved. */
export function tooMuchForFirst(to: Posture): string | undefined {
  if (to.agents.length > 1) return `${to.agents.length} agents at once`;
  return to.risk.maxDrawdown > trustRoot.caps.maxDrawdown ? 'a limit over its cap' : undefined;
}
