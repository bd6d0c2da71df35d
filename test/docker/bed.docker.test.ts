import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type Dockerode from 'dockerode';
import { expect, onTestFinished, test } from 'vitest';
import { findControlGroups } from '../helpers/control-groups';
import { describeOnDocker, docker, dockerHost } from './bed';
import { clientOf } from './daemon/client';
import { hostOf, startDaemon, takeDown } from './daemon/daemon';
import { makeNodeImage } from './node-image';

const canStart = process.getuid?.() === 0 && existsSync('/usr/sbin/dockerd');

/** The rules of the firewall and the network's interfaces, as lines. */
function network(): string[] {
  return ['iptables-save', 'ip -o addr'].flatMap((command) =>
    execFileSync('sh', ['-c', command]).toString().split('\n'),
  );
}

function leftOf(folder: string): string[] {
  const name = path.basename(folder);
  const processes = readdirSync('/proc').filter((pid) => {
    try {
      return Number(pid) > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${name}/`);
    } catch {
      return false;
    }
  });
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`${name}/`));
  return [...processes, ...mounts, ...findControlGroups(name), ...(existsSync(folder) ? [folder] : [])];
}

/** @returns the name of the bridge of a network that it made */
async function runSomething(client: Dockerode): Promise<string> {
  await makeNodeImage(client, 'bed:test');
  const container = await client.createContainer({
    Image: 'bed:test',
    Cmd: ['/node', '-e', 'setInterval(() => {}, 1000)'],
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { RestartPolicy: { Name: 'always' }, PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } },
  });
  const made = await client.createNetwork({ Name: 'bed-test' });
  await made.connect({ Container: container.id });
  await container.start();
  return `br-${made.id.slice(0, 12)}`;
}

describeOnDocker('the test bed', () => {
  test('has a daemon that this environment names', async () => {
    const { Version } = await docker().version();
    expect(Version).toMatch(/^\d+\./);
    expect(process.env.DOCKER_HOST).toBe(dockerHost());
  });

  test.runIf(canStart)('starts beside another daemon and ends, also when killed, without a trace on it', async () => {
    // A daemon that starts makes the chains named DOCKER anew, which takes the rules of another one away.
    const ofOthers = () => network().filter((line) => /^-A DOCKER /.test(line));
    const before = ofOthers();
    const folder = await startDaemon();
    onTestFinished(() => takeDown(folder));
    const bridge = await runSomething(clientOf(hostOf(folder)));
    expect(ofOthers()).toEqual(expect.arrayContaining(before));

    const {
      bridge: defaultBridge,
      subnet,
      chains,
    } = JSON.parse(readFileSync(path.join(folder, 'bed.json'), 'utf8')).network;
    const own = () =>
      network().filter((line) => [bridge, defaultBridge, `${subnet}.`, chains].some((name) => line.includes(name)));
    expect(own().length).toBeGreaterThan(10);
    expect(leftOf(folder)).not.toEqual([]);

    process.kill(Number(readFileSync(path.join(folder, 'pid'), 'utf8')), 'SIGKILL');
    await takeDown(folder);
    expect(leftOf(folder)).toEqual([]);
    expect(own()).toEqual([]);
  });
});
