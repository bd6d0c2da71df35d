import { execa } from 'execa';
import { CutoverError, exitCodes } from '../errors';
import { packageDir } from '../package-dir';
import { connect, describeDaemonProblem } from '../platforms/docker/client';
import { currentDaemon, describeUnusable } from '../platforms/docker/daemon';
import { wrap } from '../posture/explain/wrap';
import { readImage } from '../toolchain/image';
import { openEngine } from './shared/engine-session';
import { requireKnownStack } from './shared/stack-config';
import type { Verb } from './shared/verb';

interface PlatformReport {
  readonly ok: boolean;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
}

/** Finds or builds the engine, and says what each platform has and lacks. */
export const doctor: Verb = {
  name: 'doctor',
  description: 'Find or build the engine; say what each platform has and lacks, and how to get it.',
  examples: [
    ['cutover doctor', 'is everything here?'],
    ['eval "$(cutover doctor --export)"', 'let plain pulumi work on the same state'],
  ],
  options: [['--export', 'print the environment for plain pulumi as shell commands']],
  async run(context, options) {
    // What it prints for plain pulumi would work on the state of a stack that nobody meant.
    await requireKnownStack(context);
    const node = { version: process.versions.node, path: process.execPath };
    const platforms = { process: await inspectProcessPlatform(), docker: await inspectDocker() };
    try {
      const { engine, environment } = await openEngine(context, context.progress);
      const json = {
        node,
        engine: {
          path: engine.path,
          version: engine.version,
          source: engine.source,
          languageHost: engine.languageHost,
          env: environment,
        },
        platforms,
      };
      if (options.export) return { exitCode: exitCodes.done, json, text: exportLines(environment) };
      const exitCode = platforms.process.ok ? exitCodes.done : exitCodes.missing;
      return { exitCode, json, text: describe(json, context.screen.columns) };
    } catch (error) {
      if (!(error instanceof CutoverError) || error.code !== 'engine_missing') throw error;
      const json = {
        node,
        engine: null,
        problem: { code: error.code, message: error.message, waysOut: error.details },
        platforms,
      };
      return {
        exitCode: exitCodes.missing,
        json,
        text: [
          `Node.js  ${node.version}`,
          `Engine   missing: ${error.message}`,
          ...error.details.map((detail) => `  ${detail}`),
        ].join('\n'),
      };
    }
  },
};

async function inspectProcessPlatform(): Promise<PlatformReport> {
  const git = await versionOf('git', ['--version']);
  const supported = process.platform === 'linux' || process.platform === 'darwin';
  return {
    ok: supported,
    has: [`${process.platform} ${process.arch}`, ...(git ? [git] : [])],
    lacks: [
      ...(supported ? [] : ['Linux or macOS: local processes are supervised through /proc or ps']),
      ...(git ? [] : ['git: rollback reverts a commit; https://git-scm.com/downloads']),
    ],
  };
}

async function inspectDocker(): Promise<PlatformReport> {
  const daemon = currentDaemon();
  const unusable = describeUnusable(daemon);
  if (unusable) return { ok: false, has: [], lacks: [`a Docker daemon: ${unusable}`] };
  const docker = connect();
  const problem = await describeDaemonProblem(docker);
  if (problem) return { ok: false, has: [], lacks: [`a Docker daemon: ${problem}`] };
  const { Version: version } = await docker.version();
  const image = readImage(packageDir());
  const has = [`Docker Engine ${version} at ${daemon.address}`, ...(image ? [`image ${image.id.slice(0, 19)}`] : [])];
  return { ok: true, has, lacks: [] };
}

async function versionOf(tool: string, args: string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await execa(tool, args, { reject: false, timeout: 5_000 });
  return exitCode === 0 ? stdout.trim() : undefined;
}

function exportLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
    .join('\n');
}

function describe(
  json: {
    node: { version: string };
    engine: { path: string; version: string; source: string; languageHost: string };
    platforms: Record<string, PlatformReport>;
  },
  columns = Number.POSITIVE_INFINITY,
): string {
  const hosts =
    json.engine.languageHost === 'official' ? 'with its own language host' : 'with the stand-in language host';
  return [
    `Node.js  ${json.node.version}`,
    `Engine   ${json.engine.version} (${json.engine.source}), ${hosts}: ${json.engine.path}`,
    ...Object.entries(json.platforms).flatMap(([name, { ok, has, lacks }]) => {
      const what = [...has, ...lacks.map((lack) => `lacks ${lack}`)].join(', ');
      return wrap(`${name.padEnd(8)} `, `${ok ? 'ready' : 'not ready'}: ${what}`, columns);
    }),
    'For plain pulumi on the same state: eval "$(npx cutover doctor --export)"',
  ].join('\n');
}
