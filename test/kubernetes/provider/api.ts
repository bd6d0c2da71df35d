import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Kind } from './kinds';
import type { Properties } from './shape';

/** An object as the server gives it. */
export interface Live extends Properties {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly managedFields?: readonly ManagedFields[];
  };
}

/** Which fields someone set, and how. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  readonly fieldsV1?: Properties;
}

export interface Call {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** The API server, without what a typed client does to fields that it does not know. */
export interface Api {
  /** @throws ApiError what the server refuses; Error where it does not answer */
  request<T = Live>(method: Method, path: string, call?: Call): Promise<T>;
}

/** What the server said no with. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: number,
    /** A word, such as `AlreadyExists`. */
    readonly reason: string,
    /** What the words are about, such as `namespaces`. */
    readonly about: string,
  ) {
    super(message);
  }
}

const answerMs = 30_000;

/** A connection to the current cluster of a kubeconfig. @throws Error where that cannot be used */
export async function connectApi(config: KubeConfig): Promise<Api> {
  const server = config.getCurrentCluster()?.server ?? '';
  if (!server.startsWith('https:')) throw new Error(`expected a server with https, received "${server}"`);
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  const agent = new https.Agent({
    keepAlive: true,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername ? { servername } : {}),
  });
  return {
    async request<T>(method: Method, path: string, { query, body, contentType }: Call = {}): Promise<T> {
      const url = new URL(`${server.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`);
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const { code, answer } = await send(url, { ...options, agent, method }, payload, contentType);
      if (code < 300) return JSON.parse(answer) as T;
      throw errorOf(code, answer);
    },
  };
}

function send(url: URL, options: https.RequestOptions, payload: string | undefined, contentType = 'application/json') {
  return new Promise<{ code: number; answer: string }>((resolve, reject) => {
    const headers = {
      ...(options.headers as Record<string, string> | undefined),
      accept: 'application/json',
      ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
    };
    const request = https.request(url, { ...options, headers, timeout: answerMs }, (response) => {
      text(response).then((answer) => resolve({ code: response.statusCode ?? 0, answer }), reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer from ${url.origin} in ${answerMs / 1000} s`)));
    request.on('error', reject);
    request.end(payload);
  });
}

function errorOf(code: number, answer: string): ApiError {
  try {
    const { message, reason, details } = JSON.parse(answer) as Record<string, unknown>;
    const about = (details as Properties | undefined)?.kind;
    return new ApiError(String(message), code, String(reason ?? ''), String(about ?? ''));
  } catch {
    return new ApiError(`the server answered ${code}: ${answer.slice(0, 200)}`, code, '', '');
  }
}

/** The path of all objects of a kind in a namespace, or of one of them. */
export function pathOf(
  { apiVersion, plural, namespaced }: Pick<Kind, 'apiVersion' | 'plural' | 'namespaced'>,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const parts = [...(namespaced ? ['namespaces', namespace ?? 'default'] : []), plural, ...(name ? [name] : [])];
  return [root, ...parts.map(encodeURIComponent)].join('/');
}

/** The answer, or undefined where there is no such thing. @throws what else goes wrong */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error, 404)) return undefined;
    throw error;
  }
}

export const isRefusal = (error: unknown, code: number): error is ApiError =>
  error instanceof ApiError && error.code === code;
