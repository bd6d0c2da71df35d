import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  currentDaemon,
  daemonEnvironment,
  describeUnusable,
  isRemote,
  socketOf,
  urlOf,
} from '../../../platforms/docker/daemon';
import { describeMoved, findHost } from '../../../platforms/docker/host';
import { dockerRecordFile, readDockerRecord } from '../../../platforms/docker/record';
import { sshArguments } from '../../../platforms/docker/ssh';
import { workloadNames } from '../../../posture/posture';

const named = (DOCKER_HOST: string, more: Record<string, string> = {}) => currentDaemon({ DOCKER_HOST, ...more });

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-daemon-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A stack that was brought up on a daemon. */
function makeStack(daemon: string, remote?: object) {
  const place = { home: makeFolder(), stack: 'main' };
  const ports = Object.fromEntries(workloadNames.map((name, index) => [name, 20_000 + index]));
  const file = dockerRecordFile(place);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ platform: 'docker', daemon, remote, ports, uid: 10_001, gid: 10_001 }));
  return place;
}

const remote = { socket: '/var/run/docker.sock', root: '/var/lib/cutover/x', image: `sha256:${'a'.repeat(64)}` };

it.each(['unix:///var/run/docker.sock', 'unix:///run/user/1000/docker.sock'])('%s is of this machine', (address) => {
  expect(describeUnusable(named(address))).toBeUndefined();
  expect(isRemote(named(address))).toBe(false);
  expect(socketOf(address)).toBe(address.slice('unix://'.length));
});

it.each([
  'ssh://ops@trading.example.com',
  'ssh://trading.example.com:2222',
  'tcp://127.0.0.1:2375',
  'tcp://[::1]:2375',
])('%s is on another host, and can be used', (address) => {
  expect(describeUnusable(named(address))).toBeUndefined();
  expect(isRemote(named(address))).toBe(true);
  expect(named(address).socket).toBe('/var/run/docker.sock');
});

it.each([
  'http://10.0.0.1:2375',
  'npipe:////./pipe/docker_engine',
  'unix://docker.sock',
  '/var/run/docker.sock',
  'nonsense',
  'ssh://',
  'ssh://-oProxyCommand=evil',
  'ssh://-oProxyCommand=evil@trading.example.com',
  'ssh://%2DoProxyCommand=evil@trading.example.com',
  'ssh://%@trading.example.com',
  'ssh://ops:secret@trading.example.com',
])('%s is refused by name, with the way out', (address) => {
  expect(describeUnusable(named(address))).toMatch(/expected DOCKER_HOST .*received .*unset DOCKER_HOST/);
  expect(describeUnusable(named(address))).toContain(`received ${address};`);
  expect(isRemote(named(address))).toBe(false);
});

it('over a network nothing goes in plain text', () => {
  for (const address of ['tcp://10.0.0.1:2375', 'tcp://trading.example.com:2375', 'tcp://127.evil.example.com:2375'])
    expect(describeUnusable(named(address))).toMatch(/without TLS: .*DOCKER_TLS_VERIFY=1 .*or use ssh:\/\/user@/);
  const folder = makeFolder();
  const secured = named('tcp://10.0.0.1:2376', { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder });
  writeFileSync(path.join(folder, 'ca.pem'), '');
  expect(describeUnusable(secured)).toMatch(/DOCKER_CERT_PATH .*without cert\.pem, key\.pem/);
  for (const name of ['cert.pem', 'key.pem']) writeFileSync(path.join(folder, name), '');
  expect(describeUnusable(secured)).toBeUndefined();
  expect(daemonEnvironment(secured)).toMatchObject({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder });
});

it('its socket there is the usual one, or what the address or the environment says', () => {
  const other = { CUTOVER_DOCKER_SOCKET: '/run/user/1000/docker.sock' };
  expect(named('ssh://host', other).socket).toBe(other.CUTOVER_DOCKER_SOCKET);
  expect(named('ssh://host/run/docker.sock', other).socket).toBe('/run/docker.sock');
  expect(named('unix:///var/run/docker.sock', other).socket).toBeUndefined();
  expect(describeUnusable(named('ssh://host', { CUTOVER_DOCKER_SOCKET: 'docker.sock' }))).toMatch(
    /CUTOVER_DOCKER_SOCKET to be the path .*received docker\.sock/,
  );
});

it('a stack on another host stays there whatever DOCKER_HOST says, and is brought up nowhere else', () => {
  const place = makeStack('ssh://ops@host', remote);
  expect(findHost(place, named('unix:///var/run/docker.sock'))).toMatchObject({
    daemon: { address: 'ssh://ops@host', socket: '/var/run/docker.sock' },
    root: expect.stringMatching(/^\/var\/lib\/cutover\/[0-9a-f]{8}$/),
  });
  expect(describeMoved(place, named('ssh://ops@host'))).toBeUndefined();
  for (const elsewhere of [
    'ssh://ops@other',
    'tcp://127.0.0.1:1',
    'unix:///var/run/docker.sock',
    'ssh://ops@host/other.sock',
  ])
    expect(describeMoved(place, named(elsewhere))).toMatch(/expected DOCKER_HOST to be ssh:\/\/ops@host.*cutover down/);
});

it('a stack on this machine goes to no other host before it is down; between its own sockets it may', () => {
  const place = makeStack('unix:///var/run/docker.sock');
  expect(findHost(place, named('unix:///other.sock'))).toEqual({ daemon: { address: 'unix:///other.sock' }, root: '' });
  expect(findHost(place, named('ssh://ops@host'))).toEqual({
    daemon: { address: 'unix:///var/run/docker.sock' },
    root: '',
  });
  expect(describeMoved(place, named('unix:///other.sock'))).toBeUndefined();
  expect(describeMoved(place, named('ssh://ops@host'))).toMatch(/cutover down/);
  expect(describeMoved({ home: makeFolder(), stack: 'main' }, named('ssh://ops@host'))).toBeUndefined();
});

it('a record says how another host is reached, or says nothing', () => {
  expect(readDockerRecord(makeStack('ssh://ops@host', remote))).toMatchObject({ daemon: 'ssh://ops@host', remote });
  expect(readDockerRecord(makeStack('ssh://ops@host'))).toBeUndefined();
  expect(readDockerRecord(makeStack('unix:///var/run/docker.sock', remote))).toBeUndefined();
  expect(readDockerRecord(makeStack('ssh://-oProxyCommand=evil', remote))).toBeUndefined();
  expect(readDockerRecord(makeStack('ssh://ops@host', { ...remote, root: 'relative' }))).toBeUndefined();
});

it('ssh is told where to, and asks nothing', () => {
  const words = sshArguments(urlOf('ssh://ops@host:2222')!, '/tmp/x.sock', '/var/run/docker.sock');
  expect(words.join(' ')).toMatch(
    /BatchMode=yes .*-l ops -p 2222 -L \/tmp\/x\.sock:\/var\/run\/docker\.sock -- host cat$/,
  );
  expect(words.join(' ')).not.toContain('StrictHostKeyChecking');
});
