import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dockerRecordFile } from '../../platforms/docker/record';
import { workloadNames } from '../../posture/posture';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { storeFirstProofs } from '../helpers/store-proofs';
import { dockerIsMissing } from './bed';
import { clientOf } from './daemon/client';
import { hostOf, takeDown } from './daemon/daemon';
import { startDaemonElsewhere } from './daemon/elsewhere';
import { ensureSshd, startSshServer } from './daemon/ssh-server';

/**
 * A stack on a daemon that has other files and other networks than this machine, as one on another host has: reached over
 * TCP through a port of 127.0.0.1, and over ssh. No address of its containers leads there from here.
 */
let project: TestProject;
let folder: string;
let server: Server;
let tcp: string;
let root: string;
const before = process.env.DOCKER_HOST;
const canStart = process.getuid?.() === 0 && existsSync('/usr/sbin/dockerd');
const patient = { timeout: 90_000, interval: 500 };
const typed = 'correct horse battery\n';

const there = () => clientOf(hostOf(folder));
const container = (name: string) => there().getContainer(`cutover-main-${name}`);

/** Runs a verb with another environment. */
async function run(env: Record<string, string>, ...args: string[]) {
  const node = path.join(project.dir, 'node_modules', 'node', 'bin', 'node');
  const all = [path.join(project.dir, 'bin', 'cutover.js'), ...args, '--json'];
  const { exitCode, stdout, stderr } = await execa(node, all, { cwd: project.dir, env, reject: false });
  return { exitCode, stderr, json: JSON.parse(stdout || '{}') };
}

/** Asks a workload through the tunnel that the verbs use. */
async function ask(workload: (typeof workloadNames)[number], route: string) {
  const address = await project.operations.addressOf(workload);
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  return (await fetch(address + route)).json() as Promise<any>;
}

describe.skipIf(dockerIsMissing() !== undefined || !canStart)('a stack on another host', { timeout: 900_000 }, () => {
  beforeAll(async () => {
    await prepareEngine();
    folder = await startDaemonElsewhere();
    server = createServer((socket) => {
      const daemon = connect(path.join(folder, 'docker.sock'));
      socket.on('error', () => daemon.destroy()).pipe(daemon);
      daemon.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    tcp = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.DOCKER_HOST = tcp;
    project = await makeProject((config) => set(config, 'platform', 'docker'));
  });

  afterAll(async () => {
    await project?.destroy();
    process.env.DOCKER_HOST = before;
    server?.close();
    if (folder) await takeDown(folder);
  });

  it('without its socket, or over a network in plain text, it is refused before anything is made', async () => {
    const refused = await run({ CUTOVER_DOCKER_SOCKET: '/nowhere/docker.sock' }, 'up');
    expect(refused, refused.stderr).toMatchObject({ exitCode: 5, json: { error: { code: 'daemon_remote' } } });
    expect(refused.json.error.message).toMatch(
      /\/nowhere\/docker\.sock .*received no such file.*set CUTOVER_DOCKER_SOCKET/,
    );
    const plain = await run({ DOCKER_HOST: 'tcp://192.0.2.1:2375' }, 'up');
    expect(plain).toMatchObject({ exitCode: 5, json: { error: { code: 'daemon_remote' } } });
    expect(await there().listContainers({ all: true })).toEqual([]);
    expect((await there().listVolumes()).Volumes ?? []).toEqual([]);
  });

  it('comes up in paper and is seen whole, from here and by its guardian; again, nothing changes', async () => {
    const up = await project.cutover('up');
    expect(up, up.stdout + up.stderr).toMatchObject({ exitCode: 0, json: { tradingMode: 'paper' } });
    await expect.poll(async () => (await project.cutover('status')).exitCode, patient).toBe(0);
    const running = workloadNames.map((workload) => expect.objectContaining({ workload, state: 'running' }));
    const seen = async () => (await ask('guardian', '/replicas')).replicas;
    await expect.poll(seen, patient).toEqual(expect.arrayContaining(running));
    const { remote } = JSON.parse(readFileSync(dockerRecordFile(project.place), 'utf8'));
    root = remote.root;
    expect(root).toMatch(/^\/var\/lib\/cutover\//);
    for (const workload of workloadNames) {
      for (const { Type, Source } of (await container(workload).inspect()).Mounts)
        if (Type === 'bind') expect(Source).toContain(`${root}/`);
    }
    expect((await project.cutover('up')).json.changes).toEqual([]);
  });

  it('keys go to guardian and gateway there, and the guardian alone keeps its own', async () => {
    const answers: [RegExp, string][] = [
      [/New passphrase.*: /, typed],
      [/The same again: /, typed],
    ];
    const ran = await project.atTerminal(['keys', 'init'], answers);
    expect(ran, ran.screen).toMatchObject({ exitCode: 0 });
    expect(existsSync(path.join(project.operations.dataOf('guardian'), 'guardian.key'))).toBe(false);
    expect((await project.cutover('keys', 'show')).exitCode).toBe(0);
    // By a commit of its own, which no revert below takes back.
    project.git('add', '--all');
    project.git('commit', '--quiet', '--message', 'Trust root');
  });

  it('live is refused; in paper the venue executes nothing, by its own record', async () => {
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    expect(await project.cutover('up')).toMatchObject({ exitCode: 3 });
    project.git('revert', '--no-edit', 'HEAD');
    const accepted = async () => (await ask('gateway', '/health')).orders.accepted;
    await expect.poll(accepted, patient).toBeGreaterThan(0);
    await project.operations.fetchData('simulated-venue');
    expect(project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions')).toEqual([{ n: 0 }]);
  });

  it('with every proof it is live, and its orders reach the venue there', async () => {
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    await project.operations.fetchData('guardian');
    storeFirstProofs(project.place, (await project.cutover('explain')).json.posture, typed.trim());
    const up = await project.cutover('up');
    expect(up, up.stdout + up.stderr).toMatchObject({ exitCode: 0, json: { tradingMode: 'live' } });
    await expect.poll(async () => (await ask('gateway', '/health')).permit.state, patient).toBe('held');
    const executed = async () => {
      await project.operations.fetchData('simulated-venue');
      return project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions')[0]!.n;
    };
    await expect.poll(executed, patient).toBeGreaterThan(0);
  });

  it('is not brought up anywhere else while it is there', async () => {
    const moved = await run({ DOCKER_HOST: before! }, 'up');
    expect(moved).toMatchObject({ exitCode: 5, json: { error: { code: 'daemon_remote' } } });
    expect(moved.json.error.message).toContain(tcp);
  });

  it('is reached over ssh, by a host that is known', async ({ skip }) => {
    const missing = await ensureSshd((message) => console.error(message));
    skip(missing !== undefined, missing);
    const ssh = await startSshServer();
    onTestFinished(() => ssh.stop());
    const file = dockerRecordFile(project.place);
    const text = readFileSync(file, 'utf8');
    onTestFinished(() => writeFileSync(file, text));
    const record = JSON.parse(text);
    const socket = path.join(folder, 'docker.sock');
    writeFileSync(file, JSON.stringify({ ...record, daemon: ssh.address, remote: { ...record.remote, socket } }));
    const env = { PATH: `${ssh.bin}:${process.env.PATH}`, DOCKER_HOST: 'tcp://127.0.0.1:1' };
    const status = await run(env, 'status');
    expect(status, status.stderr).toMatchObject({ exitCode: 0 });
    writeFileSync(ssh.knownHosts, '');
    const unknown = await run(env, 'status');
    expect(unknown.exitCode).not.toBe(0);
    expect(JSON.stringify(unknown.json)).toMatch(/Host key verification failed/);
  });

  it('halts whatever DOCKER_HOST says, also where the gateway does not run', async () => {
    await container('gateway').stop({ t: 1 });
    const halt = await run({ DOCKER_HOST: 'tcp://127.0.0.1:1' }, 'halt', '--reason', 'the test says so');
    expect(halt, halt.stderr).toMatchObject({ exitCode: 0, json: { halted: true } });
    expect((await container('orchestrator').inspect()).State.Running).toBe(false);
    await container('gateway').start();
    const halted = async () => (await ask('gateway', '/health').catch(() => ({}))).halt;
    await expect.poll(halted, patient).toBeTruthy();
  });

  it('down, whatever DOCKER_HOST says, keeps every database there', async () => {
    const down = await run({ DOCKER_HOST: before! }, 'down');
    expect(down, down.stderr).toMatchObject({ exitCode: 0, json: { dataKeptIn: `${root} on ${tcp}` } });
    expect(await there().listContainers({ all: true })).toEqual([]);
    const kept = path.join(root, project.operations.dataOf('backend'), 'trader.db');
    const { id } = await there().createContainer({
      Image: (await there().listImages())[0]!.Id,
      Cmd: ['none'],
      HostConfig: { NetworkMode: 'none', Binds: [`${root}:${root}`] },
    });
    expect(await there().getContainer(id).infoArchive({ path: kept })).toBeDefined();
    await there().getContainer(id).remove();
  });
});
