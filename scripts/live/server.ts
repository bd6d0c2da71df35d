import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { LiveData } from '../../report/live/data';
import { drawLivePage, drawParts, policyOf } from '../../report/live/page';
import { describeHalt, type HaltReport, noReason } from '../halt';
import { findRefusal } from './admit-request';
import { Streams } from './streams';

/** Loopback, and nothing else: whoever reaches the page can halt. */
const host = '127.0.0.1';
/** How often pages are told what is new, milliseconds. */
const tellMs = 250;
/** The longest body that is read, bytes, and for how long it is waited for, milliseconds. */
const mostBytes = 8 * 1024;
const bodyMs = 5_000;
const mostReason = 500;

export interface LivePages {
  /** 0 for any that is free. */
  readonly port: number;
  /** The page's own script. */
  readonly script: string;
  readonly view: () => LiveData;
  readonly halt: (reason: string) => Promise<HaltReport>;
}

export interface LiveServer {
  readonly url: string;
  /** Lets every page go. A halt that is under way comes to its end first. */
  close(): Promise<void>;
}

/**
 * Serves the live page on loopback.
 * @throws CutoverError `port_taken` (exit code 2)
 */
export async function serveLive({ port: wanted, script, view, halt }: LivePages): Promise<LiveServer> {
  const token = randomBytes(32).toString('base64url');
  const name = randomUUID();
  const streams = new Streams();
  const server = createServer((request, response) => void answer(request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(wanted, host);
  await once(server, 'listening').catch((cause) => {
    const message = `--port: expected a port of ${host} that is free, received ${wanted}: ${messageOf(cause)}`;
    throw new CutoverError('port_taken', message, { exitCode: exitCodes.usage, cause });
  });
  const { port } = server.address() as AddressInfo;
  const headers = headersOf(script);
  let halting: Promise<HaltReport> | undefined;

  const tell = () => {
    if (streams.size === 0) return;
    const data = view();
    streams.tell({ server: name, now: data.now, ...drawParts(data) });
  };
  const telling = setInterval(tell, tellMs);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
    const { method = '', url: path = '' } = request;
    const refusal = findRefusal({ method, path, headers: request.headers }, { port, token });
    if (refusal) {
      const { status, allow, ...said } = refusal;
      if (allow) response.setHeader('allow', allow);
      return send(response, status, said);
    }
    if (path === '/halt') return answerHalt(request, response);
    if (path === '/events') {
      streams.add(response);
      return tell();
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(drawLivePage(view(), { script, token, server: name }));
  }

  /** Asked for twice at a time, it is one halt: a second one would be one more for an approver to close. */
  async function answerHalt(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reason = await readReason(request);
    halting ??= halt(reason).finally(() => {
      halting = undefined;
    });
    try {
      const report = await halting;
      send(response, 200, { ...report, text: describeHalt(report) });
    } catch (error) {
      send(response, 500, { halted: false, code: 'halt_failed', message: messageOf(error) });
    }
  }

  return {
    url: `http://${host}:${port}/`,
    close: async () => {
      clearInterval(telling);
      streams.close();
      const closed = once(server, 'close');
      server.close();
      await halting?.catch(() => undefined);
      // Its answer is written by now; who does not take it must not hold up the end.
      setTimeout(() => server.closeAllConnections(), 200).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function headersOf(script: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': policyOf(script),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}

/** A halt is never refused for its form: what is missing, malformed, too long or too slow has no reason. */
async function readReason(request: IncomingMessage): Promise<string> {
  try {
    const { reason } = Object(JSON.parse(await readStart(request))) as { reason?: unknown };
    return typeof reason === 'string' && reason.trim() !== '' ? reason.slice(0, mostReason) : noReason;
  } catch {
    return noReason;
  }
}

/** What comes of a body in time, a little more than `mostBytes` of it at the most. */
function readStart(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = () => {
      clearTimeout(patience);
      resolve(text);
    };
    const patience = setTimeout(done, bodyMs);
    request.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length <= mostBytes) text += chunk;
    });
    for (const event of ['end', 'error', 'close']) request.on(event, done);
  });
}
