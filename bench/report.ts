import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { packageDir } from '../package-dir';
import { dataDir, evidenceDir } from '../platforms/process/home';
import { makeHistory } from '../test/report/page/history';
import { type BenchResult, judged, median } from './measure';
import { openBenchProject } from './stack';

type Progress = (message: string) => void;

/** Round trips: two orders each, in the gateway's record and in the backend's. */
const [many, few] = [500_000, 5_000];
/** A hundred times as many trades may take this much more memory at most. */
const aim = 1.25;

/**
 * The report over a million trades against one over ten thousand: the highest memory of the whole process, MiB. It is bounded when
 * a hundred times the trades take nearly none more. Seconds are told as it goes.
 */
export async function benchReport(progress: Progress, count = 3): Promise<BenchResult[]> {
  const ours: number[] = [];
  const peers: number[] = [];
  const [large, small] = [await openRecord(progress, many), await openRecord(progress, few)];
  try {
    for (let run = 1; run <= count; run += 1) {
      const [one, other] = [await large.report(), await small.report()];
      ours.push(one.mebibytes);
      peers.push(other.mebibytes);
      progress(`report ${run}/${count}: ${one.seconds.toFixed(1)} s, over a hundredth ${other.seconds.toFixed(1)} s`);
    }
  } finally {
    large.remove();
    small.remove();
  }
  return [judged({ name: 'report-memory', ours: median(ours), peer: median(peers), aim, unit: 'MiB' })];
}

/** A project whose stack has a record of so many round trips. */
async function openRecord(progress: Progress, trips: number) {
  const bench = await openBenchProject(progress);
  const { project } = bench;
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-bench-record-'));
  progress(`report: making a record of ${trips * 2} trades`);
  makeHistory(folder, { hours: 24 * 30, trips });
  for (const workload of ['guardian', 'gateway', 'backend'] as const) {
    const data = dataDir(project, workload);
    mkdirSync(path.dirname(data), { recursive: true });
    symlinkSync(path.join(folder, workload), data);
  }
  cpSync(path.join(folder, 'evidence'), evidenceDir(project), { recursive: true });
  const cli = path.join(packageDir(), 'dist', 'scripts', 'cutover.js');
  // The verb as it is, and then what it took at most. (The maximum of getrusage would be that of who started it.)
  const script = `require(${JSON.stringify(cli)}).main(process.argv.slice(1)).then((code) => {
    console.error(require('node:fs').readFileSync('/proc/self/status', 'utf8'));
    process.exit(code);
  });`;
  return {
    report: async () => {
      const begun = performance.now();
      const out = path.join(folder, 'report.html');
      const { stderr } = await execa(process.execPath, ['-e', script, 'report', '--out', out, '--json'], {
        cwd: project.projectDir,
        env: { CUTOVER_HOME: project.home },
      });
      const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(stderr)?.[1]);
      return { mebibytes: peak / 1024, seconds: (performance.now() - begun) / 1000 };
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
      bench.remove();
    },
  };
}
