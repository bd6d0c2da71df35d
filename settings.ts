import { z } from 'zod';
import { isDigest } from './posture/digest';
import { workloadNames } from './posture/posture';

/** The settings of a stack as a schema: every key, its default, and the words for what it expects. */

/** A field whose failures all read "expected <what>". */
const expected = (what: string) => ({ error: () => `expected ${what}` });

const fraction = z
  .number(expected('a fraction from 0 to 1'))
  .min(0, expected('a fraction from 0 to 1'))
  .max(1, expected('a fraction from 0 to 1'));
const usd = z.number(expected('an amount in USD over 0')).positive(expected('an amount in USD over 0'));
const port = z
  .int(expected('a port from 1 to 65535'))
  .min(1, expected('a port from 1 to 65535'))
  .max(65_535, expected('a port from 1 to 65535'));
const symbol = z
  .string(expected('a symbol such as BTCUSDT'))
  .regex(/^[A-Z0-9]{2,20}$/, expected('a symbol such as BTCUSDT'));
const speed = z
  .number(expected('market seconds per second, over 0 and at most 10000'))
  .positive(expected('market seconds per second, over 0 and at most 10000'))
  .max(10_000, expected('market seconds per second, over 0 and at most 10000'))
  .default(60)
  .describe('Market seconds that pass in one second.');
const command = z
  .array(z.string(expected('a word of a command')), expected('a command as a list of words'))
  .min(1, expected('a command of at least one word'));

/** An image that its registry knows by name; a cluster cannot be given one that is only known by its id. */
export const imageByDigest = /^[^@\s]+@sha256:[0-9a-f]{64}$/;

/** Pinned: a tag may name another image tomorrow. */
const image = z
  .string(expected('an image by digest'))
  .regex(
    /^([^@\s]+@)?sha256:[0-9a-f]{64}$/,
    expected('an image by digest, such as name@sha256:... or an id sha256:...'),
  )
  .optional()
  .describe('The image that holds the command. Needed on Docker and Kubernetes; none on local processes.');

const kubernetes = z.strictObject(
  {
    image: z
      .string(expected('the image of the workloads by digest'))
      .regex(
        imageByDigest,
        expected('the image of the workloads by digest, such as registry.example.com/cutover@sha256:...'),
      )
      .optional()
      .describe(
        'The image of the shipped workloads, by digest, where the nodes can pull it: cutover image push says it.',
      ),
    context: z
      .string(expected('the name of a context of the kubeconfig'))
      .min(1, expected('the name of a context of the kubeconfig'))
      .optional()
      .describe('The context of the kubeconfig. Left out: its current one.'),
    namespace: z
      .string(expected('the name of a namespace'))
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, expected('the name of a namespace, such as cutover-main'))
      .optional()
      .describe("The stack's own namespace. Left out: cutover-<stack>."),
    storageClass: z
      .string(expected('the name of a storage class'))
      .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, expected('the name of a storage class'))
      .optional()
      .describe("The storage class of data and logs. Left out: the cluster's default."),
  },
  expected('settings such as {image: registry.example.com/cutover@sha256:...}'),
);

const agent = z.strictObject(
  {
    enabled: z.boolean(expected('true or false')).describe('Whether the orchestrator runs this agent.'),
    command: command
      .optional()
      .describe('The program to run, in any language. Left out: the agent of this name that Cutover ships.'),
    args: z
      .array(z.string(expected('a word of a command')), expected('a list of words'))
      .default([])
      .describe('Arguments for the agent.'),
  },
  expected('an agent such as {enabled: true}'),
);

const market = z.discriminatedUnion(
  'feed',
  [
    z.strictObject({
      feed: z.literal('embedded'),
      seed: z.int(expected('a whole number')).default(1).describe('The same seed gives the same prices.'),
      speed,
    }),
    z.strictObject({
      feed: z.literal('recorded'),
      files: z
        .record(symbol, z.string(expected('the path of a CSV file')), expected('a CSV file for each symbol'))
        .describe('A CSV file of candles (time,open,high,low,close,volume) for each symbol, relative to the project.'),
      usdPerQuote: usd.default(1).describe('USD for one unit of the currency that the prices are in.'),
      speed,
    }),
  ],
  expected('a market feed: {feed: embedded} or {feed: recorded, files: {SYMBOL: path}}'),
);

/** The workloads that may be replaced by a command of the user's own. Gateway and guardian may not. */
export const replaceableWorkloads = ['backend', 'model-service', 'orchestrator'] as const;

const defaultPorts = {
  backend: 8000,
  gateway: 8010,
  guardian: 8020,
  orchestrator: 8030,
  'model-service': 9000,
  'simulated-venue': 9100,
} as const;

/** The settings of a stack, in the order of the documentation. */
export const settings = z.strictObject({
  tradingMode: z
    .enum(['paper', 'live'], expected('paper or live'))
    .default('paper')
    .describe("paper: orders fill on the gateway's paper book. live: orders need a permit."),
  platform: z
    .enum(['process', 'docker', 'kubernetes'], expected('process, docker or kubernetes'))
    .default('process')
    .describe(
      'Where the workloads run: local processes, containers of a Docker daemon, or pods of a Kubernetes cluster.',
    ),
  kubernetes: kubernetes.prefault({}).describe('Where and from which image, for platform: kubernetes.'),
  agents: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, expected('an agent name such as live_trader')),
      agent,
      expected('a map of agents, such as {live_trader: {enabled: true}}'),
    )
    .default({})
    .describe('The trading agents, by name.'),
  symbols: z
    .array(symbol, expected('a list of symbols'))
    .min(1, expected('at least one symbol'))
    .default(['BTCUSDT'])
    .describe('What is traded.'),
  risk: z
    .strictObject(
      {
        maxOrderUsd: usd.default(5_000).describe('Largest order, USD.'),
        maxPositionUsd: usd.default(20_000).describe('Largest position in one symbol, USD.'),
        maxDrawdown: fraction
          .default(0.1)
          .describe("The drawdown brake: largest fall from the equity's peak, fraction."),
        maxOrdersPerMinute: z
          .int(expected('a whole number over 0'))
          .positive(expected('a whole number over 0'))
          .default(120)
          .describe('Most orders in any 60 seconds.'),
      },
      expected('risk limits, such as {maxOrderUsd: 5000}'),
    )
    .prefault({})
    .describe('Risk limits.'),
  confidenceThreshold: fraction.default(0.55).describe('Orders below this confidence are not executed, fraction.'),
  model: z
    .strictObject(
      {
        version: z
          .string(expected('a version such as 1.0.0'))
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, expected('a version such as 1.0.0')),
        path: z
          .string(expected('the path of an ONNX file'))
          .optional()
          .describe('Left out: models/<version>/model.onnx.'),
        digest: z.string(expected('sha256: and 64 hex digits')).refine(isDigest, expected('sha256: and 64 hex digits')),
      },
      expected('a model: {version, digest}'),
    )
    .describe('The model that gives the confidence.'),
  venue: z
    .strictObject(
      {
        name: z.enum(['simulated'], expected('simulated, the only venue so far')).default('simulated'),
        account: z
          .string(expected('an account id'))
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, expected('an account id such as paper-1'))
          .default('simulated-1'),
      },
      expected('a venue: {name, account}'),
    )
    .prefault({})
    .describe('Where live orders go.'),
  market: market.prefault({ feed: 'embedded' }).describe('Where prices come from.'),
  ports: z
    .strictObject(
      Object.fromEntries(workloadNames.map((name) => [name, port.default(defaultPorts[name])])) as {
        [name in keyof typeof defaultPorts]: z.ZodDefault<typeof port>;
      },
      expected('a map of ports by workload'),
    )
    .prefault({})
    .describe('The port of each workload, on 127.0.0.1.'),
  workloads: z
    .strictObject(
      Object.fromEntries(
        replaceableWorkloads.map((name) => [
          name,
          z.strictObject({ command, image }, expected('{command: [...]}')).optional(),
        ]),
      ) as {
        [name in (typeof replaceableWorkloads)[number]]: z.ZodOptional<
          z.ZodObject<{ command: typeof command; image: typeof image }, z.core.$strict>
        >;
      },
      expected('a map of workloads, each {command: [...]}'),
    )
    .prefault({})
    .describe('Replace a workload by a command of yours that keeps docs/contract.md.'),
});

export type Settings = z.output<typeof settings>;
