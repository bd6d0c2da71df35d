import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { type Document, parseDocument } from 'yaml';
import { createOperations } from '../../platforms/operations';
import type { StackPlace } from '../../platforms/platform';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { ensureEngine } from '../../toolchain/engine';
import { freePort } from './free-port';
import { type Answer, runAtTerminal, type TerminalRun } from './pty';

const root = path.resolve(__dirname, '..', '..');
const ownNode = path.join(root, 'node_modules', '.bin', 'node');

/** What a command line came to. `json` is its standard output, where that is a JSON document. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape
  readonly json: any;
}

/** A clone of this project in a folder of its own, with its own git history, state and free ports. */
export interface TestProject {
  readonly dir: string;
  readonly home: string;
  /** The stack's place, as operators' code takes it. */
  readonly place: StackPlace;
  readonly ports: Record<WorkloadName, number>;
  address(workload: WorkloadName): string;
  /** Runs a `cutover` verb with `--json`. */
  cutover(...args: string[]): Promise<Ran>;
  /** Runs a `cutover` verb at a terminal of its own, where somebody types. */
  atTerminal(args: string[], answers: readonly Answer[]): Promise<TerminalRun>;
  /** Runs plain `pulumi` with the environment that `cutover doctor --json` names. */
  pulumi(...args: string[]): Promise<Ran>;
  /** Everything that the command lines above wrote so far, standard output and error. */
  transcript(): string;
  git(...args: string[]): string;
  /** Changes the stack's config and commits that. */
  configure(message: string, change: (config: Document) => void): void;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  get(workload: WorkloadName, path: string): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  post(workload: WorkloadName, path: string, body: unknown, headers?: Record<string, string>): Promise<any>;
  /** Every row of a query on a workload's database, read only. */
  query(workload: WorkloadName, database: string, sql: string): Record<string, unknown>[];
  /** PID of every workload's process. */
  pids(): Promise<Record<string, number>>;
  operations: ReturnType<typeof createOperations>;
  /** Ends every process of the project and removes its folder. */
  destroy(): Promise<void>;
}

/** Config keys are set in the stack's file: `set(config, 'tradingMode', 'live')`. */
export function set(config: Document, keys: string | string[], value: unknown): void {
  const [first, ...rest] = [keys].flat();
  config.setIn(['config', `cutover:${first}`, ...rest], value);
}

/** @param folder what the name of the project's folder begins with */
export async function makeProject(
  change: (config: Document) => void = () => {},
  folder = 'cutover-project-',
): Promise<TestProject> {
  const dir = mkdtempSync(path.join(tmpdir(), folder));
  const home = path.join(dir, '.cutover');
  const files = execFileSync('git', ['ls-files', '-z', '-c', '-o', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of files.split('\0').filter(Boolean)) {
    if (!existsSync(path.join(root, file)) || file.startsWith('test/')) continue;
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(dir, file));
  }
  cpSync(path.join(root, 'dist'), path.join(dir, 'dist'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  git('init', '--quiet', '--initial-branch', 'main');
  git('config', 'user.name', 'Operator');
  git('config', 'user.email', 'operator@example.com');
  // The link is not a folder, so that the pattern for folders does not ignore it.
  writeFileSync(path.join(dir, '.git', 'info', 'exclude'), 'node_modules\n');

  const ports = {} as Record<WorkloadName, number>;
  for (const name of workloadNames) ports[name] = await freePort();
  const configFile = path.join(dir, 'stacks', 'Pulumi.main.yaml');
  const configure = (message: string, edit: (config: Document) => void) => {
    const config = parseDocument(readFileSync(configFile, 'utf8'));
    edit(config);
    writeFileSync(configFile, config.toString());
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
  };
  configure('Start in paper', (config) => {
    set(config, 'ports', ports);
    set(config, ['market', 'speed'], 600);
    change(config);
  });

  // Asked anew each time: on which platform a stack is shows only once it is up.
  const place = { stack: 'main', projectDir: dir, home };
  const address = (workload: WorkloadName) => `http://127.0.0.1:${ports[workload]}`;
  let written = '';
  const main = path.join(dir, 'bin', 'cutover.js');
  // As it is at each run: a test may change it.
  const environment = () => {
    const { CUTOVER_HOME: _, ...own } = process.env;
    return own;
  };
  const run = async (file: string, args: string[], env: Record<string, string> = {}): Promise<Ran> => {
    const { exitCode, stdout, stderr } = await execa(file, args, {
      cwd: dir,
      env: { ...environment(), ...env },
      extendEnv: false,
      reject: false,
    });
    written += `${stdout}\n${stderr}\n`;
    return { exitCode: exitCode ?? -1, stdout, stderr, json: parseOrUndefined(stdout) };
  };
  const cutover = (...args: string[]) => run(ownNode, [main, ...args, '--json']);

  return {
    dir,
    home,
    place,
    ports,
    address,
    cutover,
    atTerminal: (args, answers) => runAtTerminal([ownNode, main, ...args], answers, { cwd: dir, env: environment() }),
    transcript: () => written,
    git,
    configure,
    get operations() {
      return createOperations(place);
    },
    pulumi: async (...args) => {
      const doctor = await cutover('doctor');
      return run('pulumi', args, doctor.json.engine.env);
    },
    get: async (workload, route) => (await fetch(address(workload) + route)).json(),
    post: async (workload, route, body, headers = {}) => {
      const response = await fetch(address(workload) + route, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      return { status: response.status, ...((await response.json()) as object) };
    },
    query: (workload, database, sql) => {
      const opened = new DatabaseSync(path.join(createOperations(place).dataOf(workload), database), {
        readOnly: true,
      });
      try {
        return opened.prepare(sql).all() as Record<string, unknown>[];
      } finally {
        opened.close();
      }
    },
    pids: async () => {
      const { replicas } = await createOperations(place).observe();
      return Object.fromEntries(replicas.map(({ workload, pid }) => [workload, pid ?? 0]));
    },
    destroy: async () => {
      for (const workload of [...workloadNames].reverse()) await createOperations(place).stop(workload);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Has the engine once for all end-to-end tests, telling what goes on: on a new machine it is downloaded or built. */
export async function prepareEngine(): Promise<void> {
  await ensureEngine({ onProgress: (message) => console.error(message) });
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
