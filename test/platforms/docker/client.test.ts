import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect, describeDaemonProblem } from '../../../platforms/docker/client';

it('a recorded daemon is meant whatever DOCKER_HOST says', async () => {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = 'tcp://127.0.0.1:1';
  try {
    expect(await describeDaemonProblem(connect({ address: 'unix:///nowhere/docker.sock' }))).toContain('ENOENT');
    expect(await describeDaemonProblem(connect())).toContain('ECONNREFUSED');
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
});

/** Makes a key and a certificate for 127.0.0.1, signed by itself, as every name that a client looks for. */
function makeCertificates(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = (name: string) => path.join(folder, name);
  const subject = ['-subj', '/CN=daemon', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', [...kind, '-keyout', own('key.pem'), '-out', own('cert.pem'), ...subject], {
    stdio: 'ignore',
  });
  execFileSync('cp', [own('cert.pem'), own('ca.pem')]);
  return folder;
}

it('over TLS both sides show who they are: neither a stranger nor another daemon is spoken to', async () => {
  const certificates = makeCertificates();
  const read = (name: string) => readFileSync(path.join(certificates, name));
  const tls = { key: read('key.pem'), cert: read('cert.pem'), ca: read('ca.pem'), requestCert: true };
  const server = createServer({ ...tls, rejectUnauthorized: true }, (_request, response) => response.end('OK'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const look = (daemon: { address: string; certificates?: string }) => describeDaemonProblem(connect(daemon), daemon);
  expect(await look({ address, certificates })).toBeUndefined();
  expect(await look({ address, certificates: makeCertificates() })).toMatch(
    /expected a Docker daemon at tcp:.*certificate/i,
  );
  expect(await look({ address })).toMatch(/expected a Docker daemon at tcp:/);
});
