import { chmodSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { judgeRequest, mayStop, trimContainer } from './proxy-rules';

export interface ProxyOptions {
  readonly stack: string;
  /** The daemon's socket. */
  readonly daemon: string;
  /** The proxy's own socket; one that is there is replaced. */
  readonly socket: string;
}

/** Longest body of a request, bytes: none of those that pass has one. */
const longestBody = 1024;

/** A server that passes to the Docker daemon what its rules let pass. Every other request is answered 403. */
export function createProxy({ stack, daemon, socket }: ProxyOptions): { listen(): Promise<void>; close(): void } {
  const ask = (method: string, path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      http
        .request({ socketPath: daemon, method, path, headers: { host: 'docker' } }, resolve)
        .on('error', reject)
        .end();
    });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    if (Number(request.headers['content-length'] ?? 0) > longestBody) return refuse(response, method, url);
    request.resume();
    const verdict = judgeRequest(method, url);
    switch (verdict.kind) {
      case 'refuse':
        return refuse(response, method, url);
      case 'stop': {
        const found = await ask('GET', `/containers/${verdict.id}/json`);
        const { Name: name } = (await json(found)) as { Name?: string };
        if (found.statusCode !== 200 || !name || !mayStop(name, stack)) return refuse(response, method, url);
        return forward(await ask(method, url), response);
      }
      case 'inspect': {
        const found = await ask(method, url);
        const body = (await json(found)) as Docker.ContainerInspectInfo;
        return send(response, found.statusCode ?? 502, found.statusCode === 200 ? trimContainer(body, stack) : body);
      }
      default:
        return forward(await ask(method, url), response);
    }
  };

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: Error) =>
      send(response, 502, { message: `the daemon does not answer: ${error.message}` }),
    );
  });
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        rmSync(socket, { force: true });
        server.once('error', reject);
        server.listen(socket, () => {
          chmodSync(socket, 0o600);
          resolve();
        });
      }),
    close: () => void server.close(),
  };
}

function refuse(response: ServerResponse, method: string, url: string): void {
  send(response, 403, { message: `${method} ${url.slice(0, 200)} does not pass the guardian's proxy` });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function forward(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, {
    'content-type': answer.headers['content-type'] ?? 'application/json',
  });
  answer.pipe(response);
}
