import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a request is refused. `code` is stable, `message` is for people. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly allow?: string;
}

export interface Request {
  readonly method: string;
  /** The path as it was asked for. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a request has to know of the server. */
export interface Door {
  readonly port: number;
  readonly token: string;
}

const routes: Readonly<Record<string, 'GET' | 'POST'>> = { '/': 'GET', '/events': 'GET', '/halt': 'POST' };

/**
 * Whether a request is answered. Any page in the operator's browser can send requests to a loopback port: so the name it
 * was reached by has to be loopback's own (a name that was rebound to it is another), what acts has to come from our page
 * (origin, and a token that nothing else can read), and nobody is told more by other pages (no CORS). Pure.
 * @returns undefined where it is answered
 */
export function findRefusal({ method, path, headers }: Request, { port, token }: Door): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host, origin } = headers;
  if (host === undefined || !hosts.includes(host))
    return { status: 403, code: 'wrong_host', message: `this is served as ${hosts.join(' and ')} only` };
  if (origin !== undefined && origin !== `http://${host}`) return foreign;
  const expected = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (expected === undefined) return { status: 404, code: 'not_found', message: 'there is /, and what it uses' };
  if (method !== expected)
    return { status: 405, code: 'wrong_method', message: `expected ${expected} for ${path}`, allow: expected };
  // A link from elsewhere may lead to the page; nothing else is there for other pages, also those of another port.
  const site = headers['sec-fetch-site'];
  if (path !== '/' && site !== undefined && site !== 'same-origin') return foreign;
  return path === '/halt' ? findHaltRefusal(headers, token) : undefined;
}

const foreign: Refusal = {
  status: 403,
  code: 'wrong_origin',
  message: 'only the page of this server may ask for this',
};

function findHaltRefusal(headers: IncomingHttpHeaders, token: string): Refusal | undefined {
  if (headers.origin === undefined) return foreign;
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    return { status: 415, code: 'wrong_content_type', message: 'expected application/json' };
  if (isSame(String(headers['x-cutover-token'] ?? ''), token)) return undefined;
  const message = 'expected the token of the page of this start of the server; reload the page';
  return { status: 403, code: 'wrong_token', message };
}

/** Compares digests, so that neither the length nor the first wrong character shows in the time it takes. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
