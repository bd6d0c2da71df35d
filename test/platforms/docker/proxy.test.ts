import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProxy } from '../../../platforms/docker/proxy';

let folder: string;
let daemon: http.Server;
let asked: string[];
let proxy: ReturnType<typeof createProxy>;

/** A daemon that answers every request, and notes what it was asked. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-proxy-'));
  asked = [];
  daemon = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const id = /containers\/([^/]+)\//.exec(request.url ?? '')?.[1];
    if (id === 'gone') return void response.writeHead(404).end('{"message":"No such container"}');
    const body = id ? { Name: `/${id}`, Config: { Env: ['SECRET=1'] } } : [{ Id: 'a' }];
    response.writeHead(request.method === 'POST' ? 204 : 200, { 'content-type': 'application/json' });
    response.end(request.method === 'POST' ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => daemon.listen(path.join(folder, 'daemon.sock'), resolve));
  proxy = createProxy({
    stack: 'main',
    daemon: path.join(folder, 'daemon.sock'),
    socket: path.join(folder, 'own.sock'),
  });
  await proxy.listen();
});

afterEach(() => {
  proxy.close();
  daemon.close();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, route: string, body?: string): Promise<{ status: number; body: string }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request({ socketPath: path.join(folder, 'own.sock'), method, path: route }, resolve);
    request.on('error', reject).end(body);
  });
  return { status: response.statusCode!, body: await text(response) };
}

it('passes a look, and a stop of a trader', async () => {
  expect(await ask('GET', '/containers/json')).toEqual({ status: 200, body: '[{"Id":"a"}]' });
  expect((await ask('GET', '/containers/cutover-main-gateway/json')).body).toContain('SECRET');
  expect((await ask('POST', '/containers/cutover-main-orchestrator/stop?t=6')).status).toBe(204);
  expect(asked.at(-1)).toBe('POST /containers/cutover-main-orchestrator/stop?t=6');
});

it('refuses a stop of anything else, and never asks the daemon for it', async () => {
  for (const name of ['cutover-main-gateway', 'postgres', 'gone'])
    expect((await ask('POST', `/containers/${name}/stop`)).status).toBe(403);
  expect(asked.filter((line) => line.startsWith('POST'))).toEqual([]);
});

it('refuses everything else without asking the daemon at all', async () => {
  expect((await ask('POST', '/containers/create', '{"Image":"x","HostConfig":{"Privileged":true}}')).status).toBe(403);
  expect((await ask('GET', '/containers/cutover-main-gateway/archive?path=/')).status).toBe(403);
  expect((await ask('POST', '/containers/cutover-main-backend/stop', 'x'.repeat(2000))).status).toBe(403);
  expect(asked).toEqual([]);
});

it("does not show others' environments", async () => {
  expect((await ask('GET', '/containers/postgres/json')).body).not.toContain('SECRET');
});

it('says so when the daemon does not answer', async () => {
  daemon.closeAllConnections();
  await new Promise((resolve) => daemon.close(resolve));
  expect((await ask('GET', '/containers/json')).status).toBe(502);
});
