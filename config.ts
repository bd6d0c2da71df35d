import path from 'node:path';
import { z } from 'zod';
import { CutoverError, exitCodes, messageOf } from './errors';
import { parseCandles, preRollCandles } from './market/candles';
import { embeddedSymbols } from './market/embedded-feed';
import type { Digest } from './posture/digest';
import { filesOnDisk, type ProjectFiles } from './project-files';
import { imageByDigest, type Settings, settings } from './settings';

/**
 * The only reader of stack config. What passes here is complete, typed and checked against the files that it names;
 * what does not is reported all at once, each failure with its key, what was expected and what came.
 */

/** A stack's config, checked. Paths are absolute. */
export interface Config extends Omit<Settings, 'model'> {
  readonly model: { readonly version: string; readonly path: string; readonly digest: Digest };
}

export const namespace = 'cutover';
const structured = new Set([
  'kubernetes',
  'agents',
  'symbols',
  'risk',
  'model',
  'venue',
  'market',
  'ports',
  'workloads',
]);

/**
 * Reads and checks a stack's config.
 * @param raw the stack's config as the engine hands it to programs: `namespace:key` to text, structures as JSON text
 * @param projectDir the folder that relative paths start from
 * @param files where the files that it names are looked at
 * @throws CutoverError `invalid_config` (exit code 2) with one detail per failure
 */
export function readConfig(
  raw: Readonly<Record<string, string>>,
  projectDir: string,
  files: ProjectFiles = filesOnDisk,
): Config {
  const failures: string[] = [];
  // Without a prototype, so that no name is taken for one that every object has.
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of Object.entries(raw)) {
    const [space, key] = splitKey(name);
    if (space !== namespace) continue; // another package's config, such as a provider's
    values[key] = decode(key, text);
  }
  const parsed = settings.safeParse(values);
  if (!parsed.success) {
    failures.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, values)));
    throw invalidConfig(failures);
  }
  const { model, market: feed, ...rest } = parsed.data;
  const modelPath = path.resolve(projectDir, model.path ?? `models/${model.version}/model.onnx`);
  failures.push(...checkModel(modelPath, model, files));
  const recorded = feed.feed === 'recorded' ? readRecorded(feed.files, rest.symbols, projectDir, files) : undefined;
  failures.push(
    ...(recorded?.failures ?? []),
    ...checkAgents(rest.agents),
    ...checkImages(rest),
    ...checkKubernetes(rest, modelPath, Object.values(recorded?.files ?? {}), files),
    ...checkPorts(rest.ports),
    ...checkSymbols(rest.symbols),
    ...(feed.feed === 'embedded' ? checkEmbedded(rest.symbols) : []),
  );
  if (failures.length > 0) throw invalidConfig(failures);
  return {
    ...rest,
    market: feed.feed === 'recorded' ? { ...feed, files: recorded!.files } : feed,
    model: { version: model.version, path: modelPath, digest: model.digest as Digest },
  };
}

function splitKey(name: string): [string, string] {
  const index = name.lastIndexOf(':');
  return [name.slice(0, name.indexOf(':')), name.slice(index + 1)];
}

/** The engine hands every value over as text; a text that does not decode is left for the schema to refuse. */
function decode(key: string, text: string): unknown {
  if (structured.has(key)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  if (key === 'confidenceThreshold' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function invalidConfig(failures: string[]): CutoverError {
  const count = failures.length === 1 ? 'one setting' : `${failures.length} settings`;
  return new CutoverError('invalid_config', `the stack's config has ${count} that cannot be used`, {
    exitCode: exitCodes.usage,
    details: failures,
  });
}

function describeIssue(issue: z.core.$ZodIssue, values: unknown): string[] {
  const at = `${namespace}:${issue.path.join('.')}`;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => {
      const name = issue.path.length === 0 ? `${namespace}:${key}` : `${at}.${key}`;
      return `${name}: expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'no such key'}, received an unknown key`;
    });
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => `${at}: ${inner.message}, received the name ${show(issue.path.at(-1))}`);
  const value = issue.path.reduce<unknown>(
    (inside, step) => (inside as Record<PropertyKey, unknown> | undefined)?.[step],
    values,
  );
  return [`${at}: ${issue.message}, received ${value === undefined ? 'nothing' : show(value)}`];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function knownKeys(at: readonly PropertyKey[]): string[] {
  let schema: z.core.JSONSchema.BaseSchema = z.toJSONSchema(settings, { io: 'input' });
  for (const step of at) {
    const inside = schema.properties?.[String(step)] ?? schema.additionalProperties;
    schema = typeof inside === 'object' ? inside : {};
  }
  const variants = (schema.oneOf ?? schema.anyOf ?? [schema]) as z.core.JSONSchema.BaseSchema[];
  return [...new Set(variants.flatMap((variant) => Object.keys(variant.properties ?? {})))];
}

function checkModel(file: string, model: { version: string; digest: string }, files: ProjectFiles): string[] {
  const found = files.digestOf(file);
  if (found === undefined) {
    return [
      `${namespace}:model: expected the ONNX artefact of version ${model.version} at ${file}, received no such file; npm run train makes one`,
    ];
  }
  return found === model.digest
    ? []
    : [`${namespace}:model.digest: expected the digest of ${file}, which is ${found}, received ${show(model.digest)}`];
}

function readRecorded(
  named: Record<string, string>,
  symbols: readonly string[],
  projectDir: string,
  files: ProjectFiles,
) {
  const failures: string[] = [];
  const absolute: Record<string, string> = {};
  for (const name of symbols) {
    const file = named[name];
    if (file === undefined) {
      failures.push(
        `${namespace}:market.files.${name}: expected a CSV file, since symbols has ${name}, received nothing`,
      );
      continue;
    }
    const full = path.resolve(projectDir, file);
    try {
      const text = files.read(full).toString('utf8');
      const { length } = parseCandles(text, full).candles;
      if (length <= preRollCandles)
        throw new Error(`${full}, which has ${length} candles; expected more than ${preRollCandles}`);
      absolute[name] = full;
    } catch (error) {
      const why = error instanceof CutoverError ? `${error.message}: ${error.details.join('; ')}` : messageOf(error);
      failures.push(`${namespace}:market.files.${name}: expected a CSV file of candles, received ${why}`);
    }
  }
  return { failures, files: absolute };
}

/** The agents that Cutover ships; any other name needs a command. */
export const shippedAgents = ['live_trader', 'quant_company_agent'] as const;

function checkAgents(agents: Settings['agents']): string[] {
  return Object.entries(agents)
    .filter(([name, { command: own }]) => own === undefined && !(shippedAgents as readonly string[]).includes(name))
    .map(
      ([name]) =>
        `${namespace}:agents.${name}.command: expected a command, since Cutover ships only ${shippedAgents.join(' and ')}, received nothing`,
    );
}

function checkImages({ platform, workloads }: Pick<Settings, 'platform' | 'workloads'>): string[] {
  return Object.entries(workloads).flatMap(([name, own]) => {
    const key = `${namespace}:workloads.${name}.image`;
    if (platform !== 'process' && own?.image === undefined)
      return `${key}: expected the image that holds the command, by digest, since platform is ${platform}, received nothing`;
    if (platform === 'process' && own?.image !== undefined)
      return `${key}: expected no image, since platform is process, received ${show(own.image)}`;
    if (platform === 'kubernetes' && own?.image !== undefined && !imageByDigest.test(own.image))
      return `${key}: expected an image by name and digest, since platform is kubernetes, received ${show(own.image)}`;
    return [];
  });
}

/** What a ConfigMap may hold is 1 MiB, in the base64 of binary data four thirds of the bytes; names and all. */
const mostConfigMapBytes = 700_000;

/** @param market the recorded files of the market feed */
function checkKubernetes(
  { platform, kubernetes }: Pick<Settings, 'platform' | 'kubernetes'>,
  model: string,
  market: readonly string[],
  files: ProjectFiles,
): string[] {
  if (platform !== 'kubernetes') return [];
  const given: Record<string, readonly string[]> = { 'model.path': [model], 'market.files': market };
  const missing = `${namespace}:kubernetes.image: expected the image of the workloads by digest, since platform is kubernetes, received nothing; cutover image push says it`;
  return [
    ...(kubernetes.image === undefined ? [missing] : []),
    ...Object.entries(given).flatMap(([key, names]) => {
      const size = names.reduce((sum, file) => sum + (files.sizeOf(file) ?? 0), 0);
      return size > mostConfigMapBytes
        ? `${namespace}:${key}: expected at most ${mostConfigMapBytes} bytes, which is what a ConfigMap holds, since platform is kubernetes, received ${size}`
        : [];
    }),
  ];
}

function checkPorts(ports: Settings['ports']): string[] {
  const owners = Map.groupBy(Object.entries(ports), ([, number]) => number);
  return [...owners.entries()]
    .filter(([, names]) => names.length > 1)
    .map(
      ([number, names]) =>
        `${namespace}:ports: expected a port of its own for each workload, received ${number} for ${names.map(([name]) => name).join(' and ')}`,
    );
}

function checkSymbols(symbols: readonly string[]): string[] {
  const repeated = symbols.filter((name, index) => symbols.indexOf(name) !== index);
  return repeated.map((name) => `${namespace}:symbols: expected each symbol once, received ${show(name)} again`);
}

/** A symbol that no feed has would be seen as a market that is away, and by nobody as a slip of the pen. */
function checkEmbedded(symbols: readonly string[]): string[] {
  return [...new Set(symbols)]
    .filter((name) => !embeddedSymbols.includes(name))
    .map(
      (name) =>
        `${namespace}:symbols: expected symbols that the embedded feed has (${embeddedSymbols.join(', ')}), received ${show(name)}; a recorded feed takes any`,
    );
}
