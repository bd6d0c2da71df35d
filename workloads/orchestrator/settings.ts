import path from 'node:path';
import { z } from 'zod';

/** One enabled agent: what to run and with which arguments. */
export interface AgentSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** Where an orchestrator keeps its files and which stack it belongs to: all that `status` and `stop` need. */
export interface Location {
  readonly stack: string;
  readonly dataDir: string;
}

export interface Settings extends Location {
  readonly slice: string;
  readonly logDir: string;
  readonly agents: readonly AgentSpec[];
}

/** The environment is not what the contract asks for; `failures` names every variable that is wrong. */
export class SettingsError extends Error {
  readonly failures: readonly string[];

  constructor(failures: readonly string[]) {
    super(`the environment is not usable: ${failures.join('; ')}`);
    this.name = 'SettingsError';
    this.failures = failures;
  }
}

// An agent's log is LOG_DIR/<name>.log, beside the logs of the workloads: it must be a plain name and none of theirs.
const reservedNames = ['backend', 'gateway', 'guardian', 'model-service', 'orchestrator', 'simulated-venue'];

const agentsSchema = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected lower-case letters, digits, _ and -, a letter first')
        .refine((name) => !reservedNames.includes(name), { error: 'expected a name that is not a workload' }),
      command: z.array(z.string().min(1)).min(1, 'expected a program and its first arguments'),
      args: z.array(z.string()).default([]),
    }),
  )
  .refine((agents) => new Set(agents.map((agent) => agent.name)).size === agents.length, {
    error: 'expected every name once',
  });

/** A variable that must be set and not empty. */
export const required = z
  .string({ error: 'expected a value, received none' })
  .min(1, 'expected a value, received none');
const folder = required.transform((value) => path.resolve(value));
/** The address of a workload. */
export const url = required.pipe(z.url({ protocol: /^https?$/, error: 'expected an http or https address' }));

/** Symbols, separated by commas. */
export const symbols = required
  .pipe(z.string().regex(/^[A-Za-z0-9._/-]+(,[A-Za-z0-9._/-]+)*$/, 'expected symbols separated by commas'))
  .transform((text) => [...new Set(text.split(','))]);

const locationShape = { CUTOVER_STACK: required, DATA_DIR: folder };

const settingsSchema = z.object({
  ...locationShape,
  CUTOVER_SLICE: required,
  LOG_DIR: folder,
  HOST: required,
  PORT: required.pipe(
    z.string().refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, {
      error: 'expected a port, 0..65535',
    }),
  ),
  SYMBOLS: symbols,
  GATEWAY_URL: url,
  BACKEND_URL: url,
  AGENTS: required
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: `expected JSON, received ${JSON.stringify(text.slice(0, 60))}` });
        return z.NEVER;
      }
    })
    .pipe(agentsSchema),
});

/**
 * The settings of `run`. HOST, PORT, SYMBOLS and the addresses are only checked here: the HTTP shell and the agents
 * read them themselves.
 * @throws SettingsError naming every failure
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const value = parseEnvironment(settingsSchema, environment);
  return {
    stack: value.CUTOVER_STACK,
    dataDir: value.DATA_DIR,
    slice: value.CUTOVER_SLICE,
    logDir: value.LOG_DIR,
    agents: value.AGENTS,
  };
}

/**
 * What `status` and `stop` need. Both must work however wrong the rest of the environment is.
 * @throws SettingsError naming every failure
 */
export function readLocation(environment: NodeJS.ProcessEnv): Location {
  const value = parseEnvironment(z.object(locationShape), environment);
  return { stack: value.CUTOVER_STACK, dataDir: value.DATA_DIR };
}

/**
 * Reads an environment by a schema.
 * @throws SettingsError naming every variable that is wrong
 */
export function parseEnvironment<T>(schema: z.ZodType<T>, environment: NodeJS.ProcessEnv): T {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new SettingsError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}
