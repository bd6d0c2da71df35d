import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { execa } from 'execa';
import { namespaceOf } from '../platforms/kubernetes/names';
import { type ProcessInputs, startWorkload } from '../platforms/process/start';
import { provideDaemon } from '../test/docker/daemon/provide-daemon';
import { findOfficialPlugin, installStandIn } from '../test/docker/provider/install';
import { openBenchCluster } from './cluster';
import { LiveProject } from './live-project';
import { type BenchResult, median } from './measure';

/** How long the clients go on after a side says that it is done, milliseconds: an order that still passes is seen. */
const afterMs = 500;
/** Argo Rollouts 1.10's abort, measured once on a cluster of one node: to the last answer of the aborted pod, seconds. */
const argoAbort = { median: 2.96, worst: 3.94 };

type Progress = (message: string) => void;
/** Ends the backend as a runbook does. @returns when that began and when it had ended, wall time in milliseconds */
type Restart = (live: LiveProject) => Promise<{ began: number; ended: number }>;

/**
 * From `git revert` of the promotion, followed by `cutover up`, to the last order that the venue executed; against the
 * runbook's restart of the backend, whose last order is the one before it ended. The runbook's side is at its best:
 * nobody looks for the right command, and its backend goes on trading afterwards.
 */
export async function benchRevertProcess(progress: Progress, count?: number): Promise<BenchResult[]> {
  return [await measure('process', () => LiveProject.open('process'), progress, restartProcess, count)];
}

/** The same on Docker, against `docker restart`. Measures nothing where there is no Docker. */
export async function benchRevertDocker(progress: Progress, count?: number): Promise<BenchResult[]> {
  const daemon = await provideDaemon(progress);
  if ('missing' in daemon) {
    progress(`revert on Docker is not measured: ${daemon.missing}`);
    return [];
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-plugin-'));
  try {
    process.env.DOCKER_HOST = daemon.host;
    if (!findOfficialPlugin()) {
      await installStandIn(folder);
      process.env.PATH = `${folder}:${process.env.PATH}`;
    }
    return [await measure('docker', () => LiveProject.open('docker'), progress, restartContainer, count)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await daemon.stop();
  }
}

/** The same on Kubernetes, against `kubectl delete pod`. Measures nothing where there is no cluster. */
export async function benchRevertKubernetes(progress: Progress, count?: number): Promise<BenchResult[]> {
  const cluster = await openBenchCluster(progress);
  if ('missing' in cluster) {
    progress(`revert on Kubernetes is not measured: ${cluster.missing}`);
    return [];
  }
  const open = () => LiveProject.open('kubernetes', cluster.image);
  try {
    const result = await measure('kubernetes', open, progress, restartPod, count);
    progress(`for comparison, not measured here: an abort by Argo Rollouts, ${JSON.stringify(argoAbort)} s`);
    return [result];
  } finally {
    await cluster.stop();
  }
}

async function measure(
  platform: string,
  open: () => Promise<LiveProject>,
  progress: Progress,
  restart: Restart,
  count = 5,
): Promise<BenchResult> {
  progress(`revert on ${platform}: bringing a stack up`);
  const live = await open();
  try {
    const ours: number[] = [];
    const peers: number[] = [];
    for (let run = 1; run <= count; run++) {
      await live.goLive();
      const { began, ended } = await restart(live);
      peers.push(await live.lastOrderBetween(began, ended));
      await live.awaitOrders();
      ours.push(await revert(live));
      progress(`revert on ${platform} ${run}/${count}: ${ours.at(-1)} s, restart ${peers.at(-1)} s`);
    }
    const [one, other] = [median(ours), median(peers)];
    const max = { ours: Math.max(...ours), peer: Math.max(...peers) };
    const name = `revert-${platform}`;
    return { name, ours: one, peer: other, ratio: one / other, aim: null, ok: true, unit: 's', max };
  } finally {
    await live.close();
  }
}

async function revert(live: LiveProject): Promise<number> {
  const since = Date.now();
  // The commit of the proofs stays: only the promotion itself is taken back.
  live.project.git('revert', '--no-edit', 'HEAD~1');
  await live.apply();
  await delay(afterMs);
  const seconds = await live.lastOrderBetween(since, Date.now());
  await live.stopTrading();
  return seconds;
}

/** The process is stopped, and started with what the engine's state says that it was started with. */
async function restartProcess({ project }: LiveProject): Promise<{ began: number; ended: number }> {
  const { json } = await project.pulumi('stack', 'export', '--stack', 'main');
  const resources: { urn: string; inputs: ProcessInputs }[] = json.deployment.resources;
  const { inputs } = resources.find(({ urn }) => urn.endsWith('::backend'))!;
  const began = Date.now();
  await project.operations.stop('backend');
  const ended = Date.now();
  await startWorkload(inputs);
  return { began, ended };
}

async function restartContainer(): Promise<{ began: number; ended: number }> {
  const container = new Docker().getContainer('cutover-main-backend');
  const began = Date.now();
  await container.restart({ t: 2 });
  const { State: state } = await container.inspect();
  // Its start is after its end, and nothing trades between them.
  return { began, ended: Date.parse(state.StartedAt) };
}

async function restartPod(): Promise<{ began: number; ended: number }> {
  const pods = ['--namespace', namespaceOf('main'), 'delete', 'pods', '--selector', 'cutover.dev/workload=backend'];
  const began = Date.now();
  await execa('kubectl', [...pods, '--grace-period=2', '--wait']);
  // The pod in its place cannot be ready before: both write to the same volume.
  return { began, ended: Date.now() };
}
