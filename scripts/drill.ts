import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { namespace } from '../config';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { readPrivateKey } from '../evidence/keys';
import { createOperations } from '../platforms/operations';
import { digestDrillPart } from '../posture/judge-evidence';
import { workloadNames } from '../posture/posture';
import { signApproval } from './approve';
import { proveCanary } from './canary';
import { down } from './down';
import { haltStack } from './halt';
import { provePreflight } from './preflight';
import { applyStack } from './shared/apply';
import { awaitLive } from './shared/await-live';
import { makeKeys } from './shared/make-keys';
import { proofResult } from './shared/prove';
import { readMeasureKey, signProof } from './shared/sign-proof';
import { readStackFile } from './shared/stack-config';
import { stackFiles } from './shared/stack-files';
import { type JudgedTarget, judgeTarget, readLiveTarget, readTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';
import { proveSnapshot } from './snapshot';

/** The last order may be executed this long after the halt, seconds. */
const boundSeconds = 1;
/** How long after a halt the venue's record is looked at, seconds: longer than a lease. */
const watchedSeconds = 20;
const orderSeconds = 180;

/** Goes live and halts, on a stack of its own, before the real one does. */
export const drill: Verb = {
  name: 'drill',
  description:
    'Take a copy of the stack live on the simulated venue, with its own account, keys and ledger, and halt it.',
  examples: [['cutover drill --json', "prove that a halt ends trading in time, by the venue's own record"]],
  async run(context) {
    const judged = judgeTarget(context, readLiveTarget(context), Date.now());
    const { proof, steps, haltSeconds, home } = await proveDrill(context, judged);
    const lines = steps.map(
      ({ name, passed, detail }) => `  ${passed ? 'ok  ' : 'FAIL'} ${name}${detail ? `: ${detail}` : ''}`,
    );
    return proofResult(context.stack, proof, { steps, haltSeconds, boundSeconds, home }, lines);
  },
};

interface Step {
  readonly name: string;
  readonly passed: boolean;
  readonly detail?: string;
}

/** Makes the drill of a target. @throws EvidenceError when the measure key cannot be used, CutoverError for the config */
export async function proveDrill(context: VerbContext, judged: JudgedTarget) {
  const signer = readMeasureKey(context);
  const place = await makePlace(context, judged);
  context.progress(`drill: stack ${place.context.stack} in ${place.context.home}`);
  const root = makeKeys(stackFiles(place.context), {
    stack: place.context.stack,
    account: { venue: 'simulated', id: place.account },
    passphrase: place.passphrase,
    drill: true,
    now: Date.now(),
  });
  const steps: Step[] = [];
  let haltSeconds = 0;
  try {
    haltSeconds = await rehearse(place, judged, steps);
  } finally {
    await down.run(place.context, {}).catch((error) => context.progress(`drill: ${messageOf(error)}`));
    keepTraces(place.context);
  }
  const proof = signProof(
    context,
    {
      kind: 'drill',
      passed: steps.every(({ passed }) => passed) && haltSeconds <= boundSeconds,
      measurements: {
        drillAccount: place.account,
        drillGenesis: root.genesis,
        steps,
        haltSeconds,
        boundSeconds,
      },
      measured: digestDrillPart(judged.posture),
      target: judged,
      timeScale: 1,
      rawData: null,
    },
    signer,
    Date.now(),
  );
  return { proof, steps, haltSeconds, home: place.context.home };
}

/** Up in paper, proved, approved, live, trading, halted. A step that fails ends it. @returns seconds until the last order */
async function rehearse(place: Place, judged: JudgedTarget, steps: Step[]): Promise<number> {
  const { context } = place;
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T | undefined> => {
    if (steps.some(({ passed }) => !passed)) return undefined;
    context.progress(`drill: ${name}`);
    try {
      const result = await run();
      steps.push({ name, passed: true });
      return result;
    } catch (error) {
      const details = error instanceof CutoverError ? error.details : [];
      steps.push({ name, passed: false, detail: [messageOf(error), ...details].join('; ').slice(0, 2000) });
      return undefined;
    }
  };
  const judge = () => judgeTarget(context, readLiveTarget(context), Date.now());
  const requirePass = async (made: Promise<{ proof: { passed: boolean; file: string } }>) => {
    const { proof } = await made;
    if (!proof.passed) throw new Error(`it failed: ${proof.file}`);
  };
  await step('the posture is the target’s', async () => {
    const drilled = digestDrillPart(readLiveTarget(context).posture);
    if (drilled !== digestDrillPart(judged.posture)) throw new Error('what is drilled is not what is to go live');
  });
  await step('up in paper', () => apply(context));
  await step('preflight', () => requirePass(provePreflight(context, judge())));
  await step('snapshot', () => requirePass(proveSnapshot(context, judge())));
  await step('canary', () => requirePass(proveCanary(context, judge(), { minutes: 30 })));
  await step('approval', async () => {
    const approver = readPrivateKey(stackFiles(context).approverKey, place.passphrase);
    signApproval(context, judge(), approver, { minutes: 30, comment: 'drill' });
  });
  await step('live', async () => {
    writeFileSync(context.configFile, place.configIn('live'));
    await apply(context);
    await awaitLive(context, readTarget(context).posture);
  });
  await step('a live order is executed', () => awaitExecution(context));
  const halted = await step('halt', async () => {
    const at = await readVenueTime(context);
    const report = await haltStack(context.stack, createOperations(context), 'drill');
    if (!report.halted) throw new Error(report.problems.join('; '));
    return at;
  });
  if (halted === undefined) return 0;
  const last = await step('no order after the halt', async () => {
    await delay(watchedSeconds * 1000);
    return lastExecution(context);
  });
  return last === undefined ? 0 : Math.max(0, (last - halted) / 1000);
}

interface Place {
  readonly context: VerbContext;
  readonly account: string;
  readonly passphrase: string;
  configIn(mode: 'paper' | 'live'): string;
}

/** A home of its own, with the stack's config on another account and on free ports. */
async function makePlace(context: VerbContext, { posture }: JudgedTarget): Promise<Place> {
  const stack = `${context.stack}-drill`;
  const home = path.join(context.home, 'drills', new Date().toISOString().replace(/[-:]|\.\d+/g, ''));
  const account = `${posture.account.id}-drill`;
  const ports = Object.fromEntries(await freePorts(workloadNames));
  const text = readStackFile(context);
  const agents = new Set(posture.agents.map(({ name }) => name));
  const configIn = (mode: 'paper' | 'live') => {
    const config = parseDocument(text);
    const set = (keys: string[], value: unknown) =>
      config.setIn(['config', `${namespace}:${keys[0]}`, ...keys.slice(1)], value);
    set(['tradingMode'], mode);
    set(['venue'], { name: 'simulated', account });
    set(['ports'], ports);
    // The target may have one agent more than the file.
    for (const name of agents) set(['agents', name, 'enabled'], true);
    return config.toString();
  };
  mkdirSync(home, { recursive: true });
  const configFile = path.join(home, `Pulumi.${stack}.yaml`);
  writeFileSync(configFile, configIn('paper'));
  const drilled = { ...context, stack, home, configFile };
  keepTraces(drilled);
  return { context: drilled, account, passphrase: randomBytes(24).toString('base64url'), configIn };
}

/** What a drill leaves in the project's folder goes to its own home: nothing of it is to be committed. */
function keepTraces(context: VerbContext): void {
  const { trustRoot, evidence } = stackFiles(context);
  for (const [from, name] of [
    [trustRoot, 'trust-root.json'],
    [evidence, 'evidence'],
  ] as const) {
    if (existsSync(from)) renameSync(from, path.join(context.home, name));
  }
}

async function apply(context: VerbContext): Promise<void> {
  const applied = await applyStack('up', context);
  if (!applied.refused) return;
  const details = applied.violations.map(({ message }) => message);
  throw new CutoverError('refused', 'the packs refuse it', { exitCode: exitCodes.refused, details });
}

async function awaitExecution(context: VerbContext): Promise<void> {
  for (const deadline = Date.now() + orderSeconds * 1000; Date.now() < deadline; await delay(250)) {
    if (lastExecution(context) !== undefined) return;
  }
  throw new Error(`the venue has executed no order within ${orderSeconds} s`);
}

/** When the venue executed its last order, by its own record and clock, milliseconds. */
function lastExecution(context: VerbContext): number | undefined {
  const file = path.join(createOperations(context).dataOf('simulated-venue'), 'venue.db');
  const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
  try {
    const row = database.prepare('SELECT max(venue_ms) AS last FROM executions').get();
    return typeof row?.last === 'number' ? row.last : undefined;
  } finally {
    database.close();
  }
}

/** The venue's own time, milliseconds. */
async function readVenueTime(context: VerbContext): Promise<number> {
  const address = createOperations(context).addressOf('simulated-venue');
  const response = await fetch(`${address}/time`, { signal: AbortSignal.timeout(2_000) });
  const { time } = (await response.json()) as { time: unknown };
  if (typeof time !== 'number') throw new Error('the venue does not say its time');
  return time;
}

async function freePorts<T>(names: readonly T[]): Promise<[T, number][]> {
  const servers = names.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return names.map((name, index) => [name, ports[index]!]);
}
