import { z } from 'zod';
import type { WorkloadName } from '../../posture/posture';

// The workloads' words, read with nothing believed: any of them may be somebody else's, and say anything of any length.

const longest = 500;
const most = 200;

const text = z.string().transform((long) => (long.length > longest ? `${long.slice(0, longest)}…` : long));
const maybe = <T extends z.ZodType>(form: T) => form.nullable().catch(null);
/** What in a list has the form; at most 200 of it. */
const list = <T extends z.ZodType>(form: T) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((all) =>
      all.slice(0, most).flatMap((one): z.output<T>[] => {
        const read = form.safeParse(one);
        return read.success ? [read.data] : [];
      }),
    );

const service = { ok: z.boolean().catch(false), reason: maybe(text), message: maybe(text) };

const haltWords = z.object({ id: maybe(text), haltedAt: maybe(text), reason: maybe(text), by: maybe(text) });

const noPermit = { state: 'not told', use: null, secondsLeft: null, posture: null, reason: null };

const forms = {
  gateway: z.object({
    ...service,
    posture: maybe(z.object({ digest: text })),
    permit: z
      .object({
        state: text,
        use: maybe(text),
        secondsLeft: maybe(z.number().min(0).max(86_400)),
        posture: maybe(text),
        reason: maybe(text),
      })
      .catch(noPermit),
    halt: maybe(haltWords),
    /** The names of the halts that are open. */
    halts: list(text),
    venue: maybe(z.object({ name: text, account: text })),
    orders: maybe(z.object({ accepted: z.number(), refused: z.record(z.string(), z.number()) })),
  }),
  guardian: z.object({
    ...service,
    observedAt: maybe(text),
    duplicates: maybe(z.number()),
    replicas: maybe(z.object({ running: z.number(), expected: z.number() })),
    grant: z
      .object({ state: text, posture: maybe(text), reasons: list(text) })
      .catch({ state: 'not told', posture: null, reasons: [] }),
    observed: maybe(z.object({ posture: maybe(text), reason: maybe(text) })),
    permit: maybe(z.object({ token: z.number(), secondsAgo: z.number() })),
  }),
  backend: z.object({
    ...service,
    tradingMode: maybe(text),
    config: maybe(z.object({ maxDrawdown: maybe(z.number()) })),
    risk: maybe(
      z.object({ drawdown: maybe(z.number()), locked: z.boolean().catch(false), equityUsd: maybe(z.number()) }),
    ),
  }),
  orchestrator: z.object({
    ...service,
    agents: list(
      z.object({
        name: text,
        pid: maybe(z.number()),
        state: text,
        restarts: maybe(z.number()),
        startedAt: maybe(text),
      }),
    ),
    duplicates: list(z.unknown()).transform((all) => all.length),
  }),
  'model-service': z.object({ ...service, model_version: maybe(text) }),
  'simulated-venue': z.object(service),
} satisfies Record<WorkloadName, z.ZodType>;

const haltsForm = z.object({ halts: list(haltWords) });

const ordersForm = z.object({
  orders: list(
    z.object({
      id: z.number(),
      receivedAt: maybe(text),
      mode: maybe(text),
      symbol: maybe(text),
      side: maybe(text),
      qtyUsd: maybe(z.number()),
      agent: maybe(text),
      status: text,
      code: maybe(text),
      price: maybe(z.number()),
    }),
  ),
});

const decisionForm = z.object({
  decision: maybe(
    z.object({ verdict: text, decidedAt: maybe(text), reasons: list(z.object({ code: text, message: maybe(text) })) }),
  ),
});

/** A halt that the gateway has latched, with what was said with it. */
export type HaltWords = z.output<typeof haltWords>;
export type OrderRow = z.output<typeof ordersForm>['orders'][number];
export type DecisionWords = z.output<typeof decisionForm>['decision'];

/** What each workload says of itself, and what else it was asked with that. */
export type Answers = { readonly [Name in WorkloadName]: z.output<(typeof forms)[Name]> } & {
  readonly gateway: { readonly openHalts: readonly HaltWords[] };
  readonly guardian: { readonly decision: DecisionWords };
};

/** The gateway's counts over all time. */
export type OrderCounts = NonNullable<Answers['gateway']['orders']>;

/** Reads a workload's `/health`. @returns null where it is no answer of one */
export function readHealth<Name extends WorkloadName>(
  name: Name,
  { status, body }: { readonly status: number; readonly body: unknown },
): z.output<(typeof forms)[Name]> | null {
  const read = forms[name].safeParse(body);
  if (!read.success) return null;
  const { ok, reason, message } = read.data;
  const said = reason ?? message ?? (status === 200 ? null : `it answers ${status}`);
  return { ...read.data, ok: ok && status === 200, reason: said } as z.output<(typeof forms)[Name]>;
}

/** Reads the gateway's `/halts`; without its words the halts still have their names. */
export function readHalts(
  { halts, halt }: Pick<z.output<typeof forms.gateway>, 'halts' | 'halt'>,
  body: unknown,
): HaltWords[] {
  const told = haltsForm.safeParse(body).data?.halts ?? [];
  const unnamed = halts.length === 0 && told.length === 0 && halt ? [halt] : [];
  const untold = halts.filter((id) => !told.some((one) => one.id === id));
  return [...told, ...untold.map((id) => ({ id, haltedAt: null, reason: null, by: null })), ...unnamed];
}

/** Reads the gateway's `/orders`, oldest first. @returns null where it is no answer of one */
export const readOrders = (body: unknown): OrderRow[] | null => ordersForm.safeParse(body).data?.orders ?? null;

/** Reads the guardian's `/decision`. */
export const readDecision = (body: unknown): DecisionWords => decisionForm.safeParse(body).data?.decision ?? null;
