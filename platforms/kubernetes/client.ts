import { existsSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../errors';
import { listKubeconfigFiles } from './kubeconfig';
import { podPaths } from './names';

/** The API server refused a request, or answered with an error. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  constructor(
    message: string,
    /** The HTTP status. */
    readonly status: number,
    /** The reason in the API's own word, such as `Forbidden`. */
    readonly reason: string,
  ) {
    super(message);
  }
}

/** The kubeconfig names no cluster, or not the one that is wanted; the message says which it has. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** Which cluster: a context of the kubeconfig, or the one that this process runs in. */
export type ClusterTarget =
  | { readonly kind: 'context'; readonly context?: string | undefined }
  | { readonly kind: 'inside' };

export interface RequestOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** The API server of a cluster, by paths such as `/api/v1/pods`. */
export interface Cluster {
  readonly config: KubeConfig;
  /** @returns the answer's JSON @throws ClusterError for any status but 2xx; Error when nothing answers in time */
  json<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  /** The same for an answer that is text. */
  text(method: string, path: string, options?: RequestOptions): Promise<string>;
}

/** How long the API server may take to answer, milliseconds. The guardian has a lease to renew. */
const answerMs = { context: 10_000, inside: 3_000 } as const;

/**
 * The cluster that a target names. Objects come as the API server's own JSON: typed clients drop the fields that they do
 * not know.
 * @throws KubeconfigError
 */
export async function connect(target: ClusterTarget): Promise<Cluster> {
  const { KubeConfig } = await import('./library.js');
  const config = new KubeConfig();
  if (target.kind === 'inside') config.loadFromCluster();
  else {
    loadKubeconfig(config);
    if (target.context !== undefined) config.setCurrentContext(target.context);
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new KubeconfigError(describeContexts(config, target));
  const send = createSender(config, server, answerMs[target.kind]);
  return {
    config,
    text: send,
    json: async (method, path, options) => JSON.parse(await send(method, path, options)),
  };
}

/**
 * What the client library does where there is none, but that it would then ask this machine's port 8080.
 * @throws KubeconfigError
 */
function loadKubeconfig(config: KubeConfig): void {
  const isThere = listKubeconfigFiles().some((file) => existsSync(file));
  const isInPod = !process.env.KUBECONFIG && existsSync(path.posix.join(podPaths.token, 'token'));
  if (!isThere && !isInPod) {
    throw new KubeconfigError(`expected a kubeconfig in ${kubeconfigFiles()}, received no such file`);
  }
  try {
    config.loadFromDefault();
  } catch (error) {
    const [why] = messageOf(error).split('\n');
    throw new KubeconfigError(`expected a kubeconfig in ${kubeconfigFiles()}, received what is none: ${why}`);
  }
}

function describeContexts(config: KubeConfig, target: ClusterTarget): string {
  const known = config.getContexts().map(({ name }) => name);
  const wanted =
    target.kind === 'context' && target.context !== undefined ? `the context ${target.context}` : 'a context';
  return `expected ${wanted} in ${kubeconfigFiles()}, which has ${known.join(', ') || 'none'}`;
}

/** Where the kubeconfig is looked for, to name it in a message. */
export const kubeconfigFiles = (): string => process.env.KUBECONFIG || '~/.kube/config';

function createSender(config: KubeConfig, server: string, timeoutMs: number) {
  const { request, Agent } = server.startsWith('https:') ? https : http;
  // Connections are kept: the guardian asks several times a second. What the context says of proxies stays so.
  const agent = config.getCurrentCluster()?.proxyUrl ? undefined : new Agent({ keepAlive: true });
  return async (method: string, path: string, { body, contentType, accept }: RequestOptions = {}): Promise<string> => {
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options as never);
    const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async (): Promise<[status: number, said: string]> => {
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const asked = request(server.replace(/\/$/, '') + path, {
          ...options,
          ...(agent ? { agent } : {}),
          method,
          headers: {
            ...options.headers,
            accept: accept ?? 'application/json',
            // The length too: without it the body of a DELETE would be taken for the next request.
            ...(sent && { 'content-type': contentType ?? 'application/json', 'content-length': sent.length }),
          },
          signal,
        });
        asked.once('response', resolve).end(sent);
        asked.once('error', (error) => reject(Object.assign(error, { wasKept: asked.reusedSocket })));
      });
      return [answer.statusCode ?? 0, await text(answer)];
    };
    const [status, said] = await ask().catch((error) => {
      // A connection that was kept may have been given up by the server just now.
      if (method === 'GET' && error.code === 'ECONNRESET' && error.wasKept) return ask();
      if (!signal.aborted) throw error;
      throw Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
    });
    if (status >= 200 && status < 300) return said;
    const { message, reason } = parseStatus(said);
    throw new ClusterError(message ?? `${method} ${path} was answered ${status}`, status, reason ?? String(status));
  };
}

function parseStatus(said: string): { message?: string; reason?: string } {
  try {
    return Object(JSON.parse(said));
  } catch {
    return {}; // what answers is no API server, or something stands in between
  }
}

/** Undefined in place of what is not there. @throws whatever else went wrong */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClusterError && error.status === 404) return undefined;
    throw error;
  }
}
