import { readFileSync } from 'node:fs';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import { prepareDrain } from './drain';

/** The answer to a request that is refused: `code` is stable, `message` is for people. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  readonly extra: Record<string, unknown>;

  constructor(status: number, code: string, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}

export interface Service {
  readonly app: FastifyInstance;
  readonly log: Logger;
  readonly metrics: Registry;
  /** Starts listening on HOST:PORT. */
  listen(): Promise<void>;
  /** Runs when SIGTERM or SIGINT asks the process to end, before it does. */
  onStop(task: () => void | Promise<void>): void;
}

/** Reads a required environment variable. @throws Error naming it */
export function requireEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is missing`);
  return value;
}

/** Reads a secret from the file that the environment variable names. @throws Error naming variable and file */
export function readSecret(name: string): string {
  return readFileSync(requireEnv(name), 'utf8').trim();
}

/** A logger of JSON lines with level names, as the contract asks; to standard output, and to LOG_FILE where that is set. */
export function createLogger(workload: string): Logger {
  const options = {
    level: process.env.LOG_LEVEL ?? 'info',
    base: { workload },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label.toUpperCase() }) },
  };
  const file = process.env.LOG_FILE;
  if (!file) return pino(options);
  // In a container standard output is the daemon's; guardian and verbs read files. Synchronous, so that a crash loses none.
  const targets = [{ stream: process.stdout }, { stream: pino.destination({ dest: file, append: true, sync: true }) }];
  return pino(options, pino.multistream(targets.map((target) => ({ level: 'trace' as const, ...target }))));
}

const stopLimitMs = 4_000;

/**
 * The shell that every HTTP workload shares: JSON errors with stable codes, `/metrics`, logs, and an orderly stop.
 * The workload adds its routes to `app` and calls `listen`.
 * @param drains whether it ends only when nobody asks it any more: for workloads that are replaced while they are asked
 */
export function createService(workload: string, { drains = false } = {}): Service {
  const log = createLogger(workload);
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    forceCloseConnections: true,
  });
  const metrics = new Registry();
  metrics.setDefaultLabels({ workload });
  const stopTasks: (() => void | Promise<void>)[] = [];

  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    if (error instanceof ServiceError) {
      return reply.status(error.status).send({ code: error.code, message: error.message, ...error.extra });
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'request failed');
    const code = status >= 500 ? 'internal_error' : 'bad_request';
    return reply
      .status(status)
      .send({ code, message: status >= 500 ? 'an unexpected error; see the log' : error.message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ code: 'not_found', message: `no route ${request.method} ${request.url}` }),
  );
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));

  const drain = drains ? prepareDrain(app) : undefined;
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await drain?.();
    setTimeout(() => process.exit(1), stopLimitMs).unref();
    await app.close();
    for (const task of stopTasks) await task();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));

  return {
    app,
    log,
    metrics,
    onStop: (task) => void stopTasks.push(task),
    listen: async () => {
      await app.listen({ host: requireEnv('HOST'), port: Number(requireEnv('PORT')) });
      log.info({ port: Number(requireEnv('PORT')) }, 'listening');
    },
  };
}
