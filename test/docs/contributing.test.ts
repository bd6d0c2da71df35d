import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../evidence/checks/check';
import type { PlatformView } from '../../platforms/platform';
import type { Check as PolicyCheck } from '../../policies/workload-safety/check';
import type { Rule } from '../../workloads/guardian/rules/rule';
import type { Strategy } from '../../workloads/orchestrator/agents/strategy';
import { subject } from '../helpers/preflight-subject';
import { contextOf, everySecond, repeat } from '../workloads/guardian/rules/samples';

// Every example of CONTRIBUTING.md, compiled and run as it stands there, in the place where it says that it belongs.

const root = path.resolve(__dirname, '..', '..');
const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
const examples = new Map(
  [...text.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, file, code]) => [path.join(root, file!), code!]),
);

/** What an example exports. */
async function load<Exported>(file: string): Promise<Exported> {
  const full = path.join(root, file);
  const stdin = { contents: examples.get(full)!, resolveDir: path.dirname(full), loader: 'ts' as const };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, platform: 'node', packages: 'external' });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', '__dirname', outputFiles[0]!.text)(
    module,
    module.exports,
    createRequire(full),
    path.dirname(full),
  );
  return module.exports as Exported;
}

it('there is one of each', () => {
  const folders = [...examples.keys()].map((file) => path.dirname(path.relative(root, file)));
  expect(folders.sort()).toEqual([
    'evidence/checks',
    'platforms',
    'policies/workload-safety',
    'workloads/guardian/rules',
    'workloads/orchestrator/agents',
  ]);
});

it('all of them have the types they say', () => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.check.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => examples.has(file) || fileExists(file);
  host.getSourceFile = (file, version, ...more) => {
    const code = examples.get(file);
    return code === undefined ? getSourceFile(file, version, ...more) : ts.createSourceFile(file, code, version);
  };
  const program = ts.createProgram([...examples.keys()], { ...options, noEmit: true }, host);
  const found = [...examples.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
}, 120_000);

describe('the example of', () => {
  it('a check passes, and fails for another venue and for one that is silent', async () => {
    const { venueReachable } = await load<{ venueReachable: Check }>('evidence/checks/venue-reachable.ts');
    const name = subject().target.account.venue;
    const run = (venue: object) => venueReachable.run(subject({ 'gateway /health': { venue } }));
    expect(await run({ name, reachable: true })).toBeUndefined();
    expect(await run({ name: 'another', reachable: true })).toBe(`expected venue ${name}, received another`);
    expect(await run({ name, reachable: false })).toBe(`venue ${name} does not answer`);
  });

  it('a rule is clear for a minute, and trips then', async () => {
    const { silentGateway } = await load<{ silentGateway: Rule }>('workloads/guardian/rules/silent-gateway.ts');
    const reasonAfter = (seconds: number) =>
      silentGateway.trips(contextOf(everySecond([{}, ...repeat(seconds + 1, { gateway: null })])));
    expect(reasonAfter(60)).toBeNull();
    expect(reasonAfter(61)).toContain('more than 60 s');
  });

  it('a policy names the container whose image is from elsewhere', async () => {
    const { nameRegistry } = await load<{ nameRegistry: PolicyCheck }>('policies/workload-safety/name-registry.ts');
    const unit = { platform: 'docker', name: 'container backend' };
    const find = (image: string) => nameRegistry.find({ units: [{ ...unit, image }] } as never, {} as never);
    expect(find('registry.example.com/cutover@sha256:00')).toEqual([]);
    expect(find('elsewhere/cutover@sha256:00')).toEqual([expect.stringContaining('container backend runs elsewhere')]);
  });

  it('a strategy buys strength and sells weakness', async () => {
    const { trend } = await load<{ trend: Strategy }>('workloads/orchestrator/agents/trend.ts');
    const choose = (holding: boolean, mom_20: number, allow = true) =>
      trend({
        holding,
        candlesHeld: 1,
        features: { mom_20, rv_5: 1, rsi_14: 50 },
        consensus: { allow, confidence: 1 },
      });
    expect([choose(false, 1), choose(false, 1, false), choose(false, 0)]).toEqual(['buy', 'wait', 'wait']);
    expect([choose(true, -1), choose(true, 1)]).toEqual(['sell', 'wait']);
  });

  it('a platform starts its workloads quietly', async () => {
    type Create = (config: object, place: object) => PlatformView;
    const { createQuietPlatform } = await load<{ createQuietPlatform: Create }>('platforms/quiet-process.ts');
    const place = { stack: 'main', projectDir: root, home: path.join(root, '.cutover') };
    const ports = { backend: 8000 };
    const spec = { name: 'backend', port: 8000, program: { kind: 'command', command: ['/bin/true'] } };
    const rest = { slice: 'sha256:00', environment: {}, secrets: {}, reads: [] };
    const real = createQuietPlatform({ ports, workloads: {} }, place).realize({ ...spec, ...rest } as never);
    expect(JSON.stringify(real)).toContain('["/usr/bin/nice","-n","19","/bin/true"]');
  });
});
