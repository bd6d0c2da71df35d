/**
 * Runs every test: those on local processes beside all others, the quick ones and then those in containers, since each of
 * the two mostly waits. The last line is `N passed, N failed, N skipped`, all of them together. With arguments it is vitest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { addCounts, type Counts, readClosingLine } from './helpers/counts.ts';

const vitest = ['node_modules/vitest/vitest.mjs', 'run'];

/**
 * What is left to a run of its own, so that all of it together takes less than an hour on two cores: what takes minutes for a
 * second daemon, the return with the engine (it is decided and simulated without it too), and the tests of what
 * stands in for something that cannot always be had: the cluster, the plugins, the language host.
 */
const apart = {
  'test/e2e/attacks/attack-33-return.test.ts': 'npm run test:e2e',
  'test/e2e/language-host.test.ts': 'npm run test:e2e',
  'test/docker/remote-host.docker.test.ts': 'npm run test:docker',
  'test/docker/provider/provider.docker.test.ts': 'npm run test:docker',
  'test/kubernetes/provider/provider.kubernetes.test.ts': 'npm run test:kubernetes',
  'test/kubernetes/cluster.kubernetes.test.ts': 'npm run test:kubernetes',
};

/** What failed, of all runs: said once more at the end, where it is looked for. */
const failures: string[] = [];

/** Runs projects of vitest. @returns what they came to; a run that does not say so has failed */
async function run(...projects: string[]): Promise<Counts> {
  const args = [
    ...vitest,
    ...Object.keys(apart).map((file) => `--exclude=${file}`),
    ...projects.map((name) => `--project=${name}`),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const mark = projects.join('+').padEnd(17);
  let closing: Counts | undefined;
  let summary = false;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      console.log(`${mark} ${line}`);
      closing = readClosingLine(line) ?? closing;
      summary ||= /Failed (Tests|Suites)|Unhandled (Errors|Rejection)/.test(line);
      if (summary) failures.push(`${mark} ${line}`);
    });
  }
  const [code] = await once(child, 'close');
  const failed = { passed: 0, failed: 1, skipped: 0 };
  if (closing && (code === 0 || closing.failed > 0)) return closing;
  failures.push(
    `${mark} ended with code ${code}, ${closing ? 'though no test failed' : 'and did not say what became of it'}`,
  );
  return closing ? addCounts(closing, failed) : failed;
}

async function runAll(): Promise<void> {
  for (const [file, script] of Object.entries(apart)) console.log(`run apart, by ${script}: ${file}`);
  const others = async () => addCounts(await run('unit', 'browser'), await run('docker', 'kubernetes'));
  const all = (await Promise.all([run('e2e'), others()])).reduce(addCounts);
  process.exitCode = all.failed === 0 ? 0 : 1;
  for (const line of failures) console.log(line);
  console.log(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped`);
}

const own = process.argv.slice(2);
if (own.length === 0) {
  await runAll();
} else {
  const [code] = await once(spawn(process.execPath, [...vitest, ...own], { stdio: 'inherit' }), 'close');
  process.exitCode = code ?? 1;
}
