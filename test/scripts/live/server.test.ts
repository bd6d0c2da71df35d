import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HaltReport } from '../../../scripts/halt';
import { type LiveServer, serveLive } from '../../../scripts/live/server';
import { dataOf, fresh, says } from '../../report/live/live-data';

let server: LiveServer;
let data = dataOf();
let halts: string[];
let answerHalt: (reason: string) => Promise<HaltReport>;

const done: HaltReport = { halted: true, haltedAt: '2026-01-02T03:04:05Z', reason: 'x', seconds: 0.25, problems: [] };

beforeEach(async () => {
  data = dataOf();
  halts = [];
  answerHalt = async () => done;
  const halt = (reason: string) => {
    halts.push(reason);
    return answerHalt(reason);
  };
  server = await serveLive({ port: 0, script: 'run();', view: () => data, halt });
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

const port = () => Number(new URL(server.url).port);

/** Asks with exactly these headers, which `fetch` would not send. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
  sent = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: port(), method, path, headers, agent: false },
      async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        resolve({ status: response.statusCode!, headers: response.headers, text });
      },
    );
    asked.on('error', reject).on('finish', sent).end(body);
  });
}

async function tokenOf(): Promise<string> {
  return /name="cutover-token" content="([^"]{20,})"/.exec((await ask('GET', '/')).text)![1]!;
}
const asPage = async () => ({
  origin: server.url.slice(0, -1),
  'content-type': 'application/json',
  'x-cutover-token': await tokenOf(),
});
const halt = async (body: string, headers: Record<string, string> = {}) =>
  ask('POST', '/halt', { ...(await asPage()), ...headers }, body);

/** The words of a stream, as they come. */
async function* follow(signal: AbortSignal) {
  const response = await fetch(`${server.url}events`, { signal });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const event = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield { event: event[1]!, ...JSON.parse(event[2]!) };
    }
  }
}

describe('serveLive', () => {
  it('listens on 127.0.0.1 and on no other address', async () => {
    for (const host of ['127.0.0.2', '::1']) {
      const outcome = await new Promise((resolve) => {
        const socket = connect({ host, port: port() }, () => resolve('connected')).on('error', () =>
          resolve('refused'),
        );
        socket.on('connect', () => socket.destroy());
      });
      expect([host, outcome]).toEqual([host, 'refused']);
    }
  });

  it('gives the page out with headers that let nothing else in', async () => {
    const { status, headers, text } = await ask('GET', '/');
    expect([status, text]).toEqual([200, expect.stringContaining('Stack main')]);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; script-src 'sha256-/),
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    for (const name of Object.keys(headers)) expect(name).not.toMatch(/^access-control|^set-cookie/);
  });

  it.each<[string, number, string, string, string, Record<string, string>]>([
    ['another Host', 403, 'wrong_host', 'GET', '/', { host: 'evil.example' }],
    ['another Host', 403, 'wrong_host', 'GET', '/events', { host: 'evil.example' }],
    ['another Host', 403, 'wrong_host', 'POST', '/halt', { host: 'evil.example' }],
    ['another Origin', 403, 'wrong_origin', 'POST', '/halt', { origin: 'http://evil.example' }],
    ['another Origin', 403, 'wrong_origin', 'GET', '/events', { origin: 'http://evil.example' }],
    ['no token', 403, 'wrong_token', 'POST', '/halt', { 'x-cutover-token': '' }],
    ['the token of another start', 403, 'wrong_token', 'POST', '/halt', { 'x-cutover-token': 'A'.repeat(43) }],
    ['a form', 415, 'wrong_content_type', 'POST', '/halt', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a GET', 405, 'wrong_method', 'GET', '/halt', {}],
    ['a preflight', 405, 'wrong_method', 'OPTIONS', '/halt', { 'access-control-request-method': 'POST' }],
    ['another method', 405, 'wrong_method', 'DELETE', '/', {}],
    ['another path', 404, 'not_found', 'GET', '/../package.json', {}],
  ])('refuses %s with %i %s: %s %s', async (_, expected, code, method, path, headers) => {
    const {
      status,
      headers: got,
      text,
    } = await ask(method, path, { ...(await asPage()), ...headers }, method === 'POST' ? '{}' : undefined);
    expect([status, JSON.parse(text)]).toEqual([expected, { code, message: expect.any(String) }]);
    for (const name of Object.keys(got)) expect(name).not.toMatch(/^access-control/);
    expect(text).not.toContain(await tokenOf());
    expect(halts).toEqual([]);
  });

  it('refuses a request that has two hosts, or none', async () => {
    const raw = (head: string) =>
      new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(port(), '127.0.0.1', () =>
          socket.write(`GET / HTTP/1.1\r\n${head}connection: close\r\n\r\n`),
        );
        socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
      });
    expect(await raw(`host: evil.example\r\nhost: 127.0.0.1:${port()}\r\n`)).not.toContain('Stack main');
    expect(await raw('')).not.toContain('Stack main');
    expect(await raw(`host: 127.0.0.1:${port()}\r\n`)).toContain('Stack main');
  });

  it('halts, with the reason, and says what the verb says', async () => {
    const { status, text } = await halt('{"reason":"spread looks wrong"}');
    expect([status, halts]).toEqual([200, ['spread looks wrong']]);
    expect(JSON.parse(text)).toMatchObject({
      ...done,
      text: expect.stringMatching(/^Halted in 0\.3 s\. Live trading is barred/),
    });
  });

  it('says what stands against a halt that is not whole, and that it does not know of one that broke', async () => {
    answerHalt = async () => ({ ...done, halted: false, problems: ['PID 7 still runs'] });
    expect(JSON.parse((await halt('{}')).text)).toMatchObject({
      halted: false,
      text: 'NOT fully halted:\n  - PID 7 still runs',
    });
    answerHalt = () => Promise.reject(new Error('no daemon'));
    expect(await halt('{}')).toMatchObject({ status: 500, text: expect.stringContaining('no daemon') });
    answerHalt = async () => done;
    expect((await halt('{}')).status).toBe(200);
  });

  it.each(['', 'no json', '[]', '{"reason":7}', '{"reason":"  "}', 'x'.repeat(100_000)])(
    'never refuses a halt for its form: %#',
    async (body) => {
      expect((await halt(body)).status).toBe(200);
      expect(halts).toEqual(['no reason given']);
    },
  );

  it('keeps a long reason short', async () => {
    await halt(JSON.stringify({ reason: 'x'.repeat(5_000) }));
    expect(halts).toEqual(['x'.repeat(500)]);
  });

  it('is one halt where it is asked for twice at a time, and two one after the other', async () => {
    let finish = (_: HaltReport) => {};
    answerHalt = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const headers = await asPage();
    const sent: Promise<void>[] = [];
    const asked = ['one', 'two'].map((reason) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      sent.push(promise);
      return ask('POST', '/halt', headers, JSON.stringify({ reason }), resolve);
    });
    await Promise.all(sent);
    // Both have been taken in when others are answered that were sent after them.
    for (let more = 0; more < 3; more += 1) await ask('GET', '/');
    expect(halts).toHaveLength(1);
    finish(done);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
    answerHalt = async () => done;
    await halt('{}');
    expect(halts).toHaveLength(2);
  });

  it('tells a page everything first, then what has changed, and that it lives', async () => {
    const ending = new AbortController();
    const words = follow(ending.signal);
    const first = (await words.next()).value!;
    expect(Object.keys(first.parts)).toEqual([
      'verdict',
      'problems',
      'permit',
      'halts',
      'workloads',
      'agents',
      'orders',
      'signals',
    ]);
    expect(first).toMatchObject({
      event: 'state',
      now: data.now,
      title: 'LIVE - stack main',
      server: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect((await words.next()).value!.parts).toEqual({});
    data = dataOf({ gateway: fresh(says('gateway', { halts: ['h1'], permit: { state: 'expired' } })) });
    let word = (await words.next()).value!;
    while (Object.keys(word.parts).length === 0) word = (await words.next()).value!;
    expect(Object.keys(word.parts)).toEqual(['verdict', 'permit', 'halts']);
    expect(word.title).toBe('HALTED - stack main');
    expect(JSON.stringify([first, word])).not.toContain(await tokenOf());
    ending.abort();
  });

  it('lets the oldest of too many pages go, and never a halt wait', async () => {
    const ending = new AbortController();
    const pages = Array.from({ length: 5 }, () => follow(ending.signal));
    for (const words of pages) await words.next();
    const [oldest, ...others] = pages;
    const told: string[] = [];
    for await (const { event } of oldest!) told.push(event);
    expect(told.at(-1)).toBe('displaced');
    for (const words of others) expect((await words.next()).value!.event).toBe('state');
    ending.abort();
  });

  it('says which port is taken', async () => {
    const again = serveLive({ port: port(), script: '', view: () => data, halt: async () => done });
    await expect(again).rejects.toMatchObject({
      code: 'port_taken',
      exitCode: 2,
      message: expect.stringContaining(String(port())),
    });
  });

  it('ends with its pages open, and after the halt that is under way', async () => {
    const words = follow(new AbortController().signal);
    await words.next();
    let finish = (_: HaltReport) => {};
    answerHalt = () => new Promise((resolve) => (finish = resolve));
    const asked = halt('{}');
    await expect.poll(() => halts).toHaveLength(1);
    const closed = server.close();
    finish(done);
    expect((await asked).status).toBe(200);
    await closed;
    server = await serveLive({ port: 0, script: '', view: () => data, halt: async () => done });
  });
});
