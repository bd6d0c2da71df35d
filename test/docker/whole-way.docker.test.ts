import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Posture, workloadNames } from '../../posture/posture';
import { explainFailures } from '../helpers/explain-failures';
import { watchOrchestrators } from '../helpers/orchestrator-watch';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import type { Answer } from '../helpers/pty';
import { storeFirstProofs } from '../helpers/store-proofs';
import { describeOnDocker, docker, removeLabelled } from './bed';
import { makeNodeImage } from './node-image';

/**
 * The whole way to live and back on a real Docker daemon, by the shipped verbs: refused, proved, live, the bypass fails,
 * halted, reverted. The venue's own record is the judge. The project's path is longer than a socket's may be.
 */
let project: TestProject;
/** What was granted. */
let live: Posture;
const passphrase = 'correct horse battery';
const typed = `${passphrase}\n`;
const askedToApprove: Answer = [/Passphrase of the approver's key.*: /, typed];
const patient = { timeout: 90_000, interval: 250 };
/** A lease, and what the gateway may take to notice its end, milliseconds. */
const leaseMs = 16_000;

const executed = () =>
  Number(project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions')[0]!.n);
const permit = async () => (await project.get('gateway', '/health')).permit.state;
const guardian = async () => await project.get('guardian', '/health');
const container = (workload: string) => docker().getContainer(`cutover-main-${workload}`);

/** Runs a verb at a terminal, where somebody types; it ends with 0. */
async function atTerminal(args: string[], answers: Answer[]): Promise<void> {
  const ran = await project.atTerminal(args, answers);
  expect(ran, ran.screen).toMatchObject({ exitCode: 0 });
}

/** No order is executed any more, watched for a while. */
async function expectQuiet(): Promise<void> {
  const before = executed();
  await delay(3_000);
  expect(executed()).toBe(before);
}

const updates = Number(process.env.CUTOVER_UPDATES ?? 2);

describeOnDocker('the whole way on Docker', { timeout: 900_000 }, () => {
  explainFailures(() => project);

  beforeAll(async () => {
    await prepareEngine();
    const folder = `cutover-project-${'whose-path-is-long-'.repeat(5)}`;
    project = await makeProject((config) => {
      set(config, 'platform', 'docker');
      // Containers cost more than processes: a machine that lags behind a faster market gives the canary late orders.
      set(config, ['market', 'speed'], 400);
    }, folder);
  });

  afterAll(async () => {
    await removeLabelled('cutover.stack');
    await project?.destroy();
  });

  it('an up that fails in the middle says why, and the next one repairs it', async () => {
    const image = await makeNodeImage(docker(), 'whole-way:test');
    project.configure('A program that is not in its image', (config) =>
      set(config, ['workloads', 'backend'], { image, command: ['/nowhere'] }),
    );
    const failed = await project.cutover('up');
    expect(failed, failed.stdout + failed.stderr).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'engine_failed' } },
    });
    expect(failed.json.error.details.join('\n')).toContain('/nowhere');
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('up in paper, in containers that are shut in; again, it changes nothing', async () => {
    const up = await project.cutover('up');
    expect(up, up.stderr).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    for (const workload of [...workloadNames, 'docker-proxy']) {
      const found = await container(workload).inspect();
      expect(found.State, workload).toMatchObject({ Running: true, Health: { Status: 'healthy' } });
      expect(found.HostConfig, workload).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'], Privileged: false });
      expect(found.Config.User, workload).not.toMatch(/^0?(:|$)/);
      expect(found.Image, workload).toMatch(/^sha256:[0-9a-f]{64}$/);
      for (const bindings of Object.values(found.NetworkSettings.Ports))
        for (const { HostIp } of bindings ?? []) expect(HostIp).toBe('127.0.0.1');
    }
    await expect.poll(async () => (await project.cutover('status')).exitCode, patient).toBe(0);
    // From inside, where not every container is reached, it sees the same.
    const seen = async () => (await project.get('guardian', '/replicas')).replicas;
    const running = workloadNames.map((workload) => expect.objectContaining({ workload, state: 'running' }));
    await expect.poll(seen, patient).toEqual(expect.arrayContaining(running));
    expect((await project.cutover('up')).json.changes).toEqual([]);
  });

  it('only the gateway reaches the venue, and only the proxy the daemon', async () => {
    const venue = (await container('simulated-venue').inspect()).NetworkSettings.Networks['cutover-main-outer']!
      .IPAddress;
    const dial = `require('node:net').connect({host:'${venue}',port:${project.ports['simulated-venue']},timeout:2000},()=>process.exit(0)).on('timeout',()=>process.exit(7)).on('error',()=>process.exit(7))`;
    const reach = (workload: 'gateway' | 'backend' | 'orchestrator') =>
      project.operations.runBeside(workload, () => ['-e', dial]);
    expect((await reach('gateway')).exitCode).toBe(0);
    expect((await reach('backend')).exitCode).toBe(7);
    expect((await reach('orchestrator')).exitCode).toBe(7);
    const mounts = async (workload: string) => (await container(workload).inspect()).Mounts.map(({ Source }) => Source);
    for (const workload of workloadNames)
      expect(
        (await mounts(workload)).filter((source) => source.endsWith('docker.sock')),
        workload,
      ).toEqual([]);
  });

  it('never two orchestrators through updates; how long a backend that is replaced is away is printed', {
    timeout: 300_000 + updates * 120_000,
  }, async () => {
    let longestMs = 0;
    let answeredAt = performance.now();
    let watching = true;
    const ask = async () => {
      while (watching) {
        const answer = await fetch(`${project.address('backend')}/health`).catch(() => undefined);
        if (answer?.ok) {
          longestMs = Math.max(longestMs, performance.now() - answeredAt);
          answeredAt = performance.now();
        }
        await delay(5);
      }
    };
    const asking = ask();
    const watch = await watchOrchestrators(project.home, async () => {
      for (let update = 1; update <= updates; update++) {
        project.configure(`Update ${update}`, (config) => {
          set(config, ['agents', 'quant_company_agent', 'enabled'], update % 2 === 1);
          set(config, ['risk', 'maxPositionUsd'], update % 2 === 1 ? 9_000 : 10_000);
        });
        expect(await project.cutover('up')).toMatchObject({ exitCode: 0 });
      }
    });
    watching = false;
    await asking;
    const gap = `${(longestMs / 1000).toFixed(1)} s without a backend`;
    console.log(`${updates} updates on Docker (in full: CUTOVER_UPDATES=50), ${JSON.stringify(watch)}, ${gap}`);
    expect(watch).toMatchObject({ most: 1, starts: updates + 1 });
  });

  it('live is refused, every missing proof is named, and no container is touched', async () => {
    const before = await project.pids();
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const refused = await project.cutover('up');
    expect(refused, refused.stderr).toMatchObject({ exitCode: 3 });
    const words = JSON.stringify(refused.json.violations);
    for (const proof of ['preflight', 'snapshot', 'canary', 'drill', 'approval']) expect(words).toContain(proof);
    expect(await project.pids()).toEqual(before);
    project.git('revert', '--no-edit', 'HEAD');
  });

  it('promote with all proofs: live, granted, permitted, and orders reach the venue', async () => {
    await atTerminal(
      ['keys', 'init'],
      [
        [/New passphrase.*: /, typed],
        [/The same again: /, typed],
      ],
    );
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0 });
    expect(executed()).toBe(0);
    await atTerminal(['promote', '--to', 'live', '--yes'], [askedToApprove]);
    project.git('add', '--all', 'stacks');
    project.git('commit', '--quiet', '--message', 'Promote to live');
    expect(await permit()).toBe('held');
    expect((await guardian()).grant.state).toBe('granted');
    await expect.poll(executed, patient).toBeGreaterThan(0);
    live = (await project.operations.observePosture()).posture!;
  });

  it('another key for the guardian, under live: the gateway is told, and trading goes on under it', async () => {
    const rotated = await project.atTerminal(['keys', 'rotate', '--role', 'guardian'], [askedToApprove]);
    expect(rotated, rotated.screen).toMatchObject({ exitCode: 0 });
    expect(rotated.screen).toContain('The gateway has taken it up');
    project.git('add', '--all', 'stacks');
    project.git('commit', '--quiet', '--message', 'Another key for the guardian');
    await delay(leaseMs);
    expect(await permit()).toBe('held');
    const before = executed();
    await expect.poll(executed, patient).toBeGreaterThan(before);
  });

  it('a change slipped in by plain pulumi without the pack: within one lease no order is accepted', async () => {
    project.configure('Looser', (config) => set(config, ['risk', 'maxOrderUsd'], 6000));
    const bypass = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
    expect(bypass, bypass.stdout + bypass.stderr).toMatchObject({ exitCode: 0 });
    await delay(leaseMs);
    expect(await permit()).not.toBe('held');
    await expectQuiet();
    project.git('revert', '--no-edit', 'HEAD');
    // What ran in between has ended the grant.
    expect(await project.cutover('up')).toMatchObject({ exitCode: 3 });
  });

  it('with every proof made anew it is live again', async () => {
    storeFirstProofs(project.place, live, passphrase);
    const up = await project.cutover('up');
    expect(up, up.stdout + up.stderr).toMatchObject({ exitCode: 0 });
    await expect.poll(permit, patient).toBe('held');
    const before = executed();
    await expect.poll(executed, patient).toBeGreaterThan(before);
  });

  it('a second orchestrator that somebody starts by hand halts the stack', async () => {
    expect((await guardian()).grant.state).toBe('granted');
    const { Image, Config, HostConfig } = await container('orchestrator').inspect();
    const mounts = HostConfig.Mounts ?? [];
    const [uid, gid] = Config.User.split(':');
    // With data of its own: over that of the stack's it would find that one runs, and end.
    const own = mounts.flatMap(({ Type, Target }) => (Type === 'volume' ? [[Target, `uid=${uid},gid=${gid}`]] : []));
    const second = await docker().createContainer({
      name: 'by-hand',
      Image,
      Cmd: Config.Cmd,
      Env: Config.Env,
      User: Config.User,
      HostConfig: {
        NetworkMode: 'cutover-main-inner',
        Mounts: mounts.filter(({ Type }) => Type !== 'volume'),
        Tmpfs: Object.fromEntries(own),
      },
    });
    try {
      await second.start();
      await expect.poll(async () => (await guardian()).grant.state, patient).toBe('halted');
    } finally {
      await second.remove({ force: true });
    }
    expect((await container('orchestrator').inspect()).State.Running).toBe(false);
    expect(await permit()).not.toBe('held');
    await expectQuiet();
    const refused = await project.cutover('up');
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(JSON.stringify(refused.json.violations)).toMatch(/duplicate-replica: .*container by-hand .*\[halt_open\]/);
  });

  it('halt again by the verb, also where DOCKER_HOST names another daemon; closed by the approver', async () => {
    const host = process.env.DOCKER_HOST!;
    process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
    const halt = await project.cutover('halt', '--reason', 'the test says so');
    process.env.DOCKER_HOST = host;
    expect(halt, halt.stdout + halt.stderr).toMatchObject({ exitCode: 0 });
    await atTerminal(['incident', 'close', '--cause', 'a test', '--action', 'ops: none'], [askedToApprove]);
    expect(await permit()).not.toBe('held');
    await expectQuiet();
  });

  it('back to paper, with every database kept; down keeps them too', async () => {
    const trades = () => Number(project.query('backend', 'trader.db', 'SELECT count(*) AS n FROM live_trades')[0]!.n);
    const before = trades();
    expect(before).toBeGreaterThan(0);
    project.configure('Back to paper', (config) => set(config, 'tradingMode', 'paper'));
    expect(await project.cutover('up')).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    await expectQuiet();
    expect(trades()).toBeGreaterThanOrEqual(before);
    expect(await project.cutover('down')).toMatchObject({ exitCode: 0 });
    expect(await docker().listContainers({ all: true, filters: { label: ['cutover.stack=main'] } })).toEqual([]);
    expect(trades()).toBeGreaterThanOrEqual(before);
  });
});
