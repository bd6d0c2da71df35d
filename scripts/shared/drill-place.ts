import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { namespace } from '../../config';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { type KernelLock, takeKernelLock } from '../../kernel-lock';
import { createOperations } from '../../platforms/operations';
import { workloadNames } from '../../posture/posture';
import { findFreePorts } from './free-ports';
import { readStackFile } from './stack-config';
import { stackFiles } from './stack-files';
import type { JudgedTarget } from './target';
import type { VerbContext } from './verb';

/** A file in the home of a drill that may have something running; it holds the drill's stack name. */
const marker = 'running';

const drillsOf = ({ home }: VerbContext) => path.join(home, 'drills');

/** One drill at a time: it goes with its process. @throws CutoverError `drill_runs` (exit code 1) */
export function takeDrillLock(context: VerbContext): KernelLock {
  const lock = takeKernelLock(path.join(drillsOf(context), 'lock'), 0);
  if (lock) return lock;
  throw new CutoverError('drill_runs', `another drill runs for ${context.home}`, {
    exitCode: exitCodes.unexpected,
    details: ['Wait for it, or end it with Ctrl-C where it was started.'],
  });
}

/** The drills that were killed and may have left something running, each as it was given its place. */
export function findEarlierDrills(context: VerbContext): VerbContext[] {
  const drills = drillsOf(context);
  return readdirSync(drills).flatMap((name) => {
    const home = path.join(drills, name);
    if (!existsSync(path.join(home, marker))) return [];
    const stack = readFileSync(path.join(home, marker), 'utf8').trim();
    return [{ ...context, stack, home, configFile: path.join(home, `Pulumi.${stack}.yaml`) }];
  });
}

/** Ends every process of a drill, and names what cannot be ended. Its home keeps everything it wrote. */
export async function stopDrill(context: VerbContext): Promise<void> {
  const operations = createOperations(context);
  for (const workload of workloadNames) {
    await operations.stop(workload).catch((error) => context.progress(`drill: ${workload}: ${messageOf(error)}`));
  }
  keepTraces(context);
  const left = (await Promise.all(workloadNames.map((workload) => operations.remainsOf(workload)))).flat();
  for (const one of left) context.progress(`drill: still runs: ${one}`);
  if (left.length === 0) rmSync(path.join(context.home, marker), { force: true });
}

/** Where a drill takes place. */
export interface Place {
  readonly context: VerbContext;
  readonly account: string;
  readonly passphrase: string;
  configIn(mode: 'paper' | 'live'): string;
}

/** A home of its own, with the stack's config on another account and on free ports. */
export async function makePlace(context: VerbContext, { posture }: JudgedTarget): Promise<Place> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const home = path.join(drillsOf(context), time);
  const stack = `${context.stack}-drill`;
  const account = `${posture.account.id}-drill`;
  const free = await findFreePorts(workloadNames.length);
  const ports = Object.fromEntries(workloadNames.map((name, index) => [name, free[index]!]));
  const text = readStackFile(context);
  const agents = new Set(posture.agents.map(({ name }) => name));
  const configIn = (mode: 'paper' | 'live') => {
    const config = parseDocument(text);
    const set = (keys: string[], value: unknown) =>
      config.setIn(['config', `${namespace}:${keys[0]}`, ...keys.slice(1)], value);
    set(['tradingMode'], mode);
    set(['venue'], { name: 'simulated', account });
    set(['ports'], ports);
    // A place that is named is the stack's own; without its name the drill has another.
    const named = ['config', `${namespace}:kubernetes`, 'namespace'];
    if (config.hasIn(named)) config.deleteIn(named);
    // The target may have one agent more than the file.
    for (const name of agents) set(['agents', name, 'enabled'], true);
    return config.toString();
  };
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, marker), `${stack}\n`);
  const configFile = path.join(home, `Pulumi.${stack}.yaml`);
  writeFileSync(configFile, configIn('paper'));
  // A drill has keys of its own.
  const drilled = { ...context, measureKey: undefined, stack, home, configFile };
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
