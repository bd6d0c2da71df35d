import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { Watched } from '../../scripts/live/stack-watch';

/** What a played gateway has recorded of an order. */
export interface PlayedOrder {
  readonly id: number;
  readonly status: string;
  readonly code?: string | null;
  readonly agent?: string;
}

/** A stack that answers what the test says, as its workloads would, and can be silent. */
export interface PlayedStack {
  readonly operations: Watched;
  /** What each workload answers to `/health`; changed at will. */
  readonly health: Record<WorkloadName, Record<string, unknown>>;
  readonly halts: { id: string; haltedAt: string; reason: string; by: string }[];
  readonly orders: PlayedOrder[];
  /** Every request, as `gateway/health`. */
  readonly asked: string[];
  /** Whether its connections are closed without an answer. */
  silent: boolean;
  halt(words: { reason: string; by: string; id?: string }): void;
  close(): Promise<void>;
}

/** @param text what comes into names, reasons and codes */
export async function playStack(text = ''): Promise<PlayedStack> {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stack: PlayedStack = {
    health: healthOf(text),
    halts: [],
    orders: Array.from({ length: 30 }, (_, index) => orderOf(index + 1, text)),
    asked: [],
    silent: false,
    operations: {
      addressOf: async (workload) => `http://127.0.0.1:${port}/${workload}`,
      observe: async () => ({
        replicas: workloadNames.map((workload) => ({ workload, state: 'running' as const })),
        duplicates: [],
      }),
    },
    halt: ({ reason, by, id = `halt-${stack.halts.length + 1}` }) => {
      stack.halts.push({ id, haltedAt: new Date().toISOString(), reason, by });
      const { halts } = stack;
      Object.assign(stack.health.gateway, {
        halt: halts[0],
        halts: halts.map((one) => one.id),
        permit: { state: 'expired' },
      });
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://stack');
    const [workload, route = ''] = url.pathname.slice(1).split('/') as [WorkloadName, string?];
    stack.asked.push(`${workload}/${route}`);
    if (stack.silent) return void request.socket.destroy();
    if (!Object.hasOwn(stack.health, workload)) return void response.writeHead(404).end();
    if (request.method === 'POST') {
      stack.halt(JSON.parse(Buffer.concat(await request.toArray()).toString()));
      return void response.end('{}');
    }
    const since = Number(url.searchParams.get('since'));
    const limit = Number(url.searchParams.get('limit'));
    const answers: Record<string, unknown> = {
      health: stack.health[workload],
      halts: { halts: stack.halts },
      decision: { decision: { verdict: 'allow', decidedAt: new Date().toISOString(), reasons: [] } },
      orders: { orders: stack.orders.filter(({ id }) => id > since).slice(0, limit) },
    };
    response.statusCode = stack.health[workload].ok === true ? 200 : 503;
    response.end(JSON.stringify(answers[route]));
  }
  return stack;
}

function orderOf(id: number, text: string): PlayedOrder {
  const refused = id % 4 === 0;
  const order = {
    id,
    receivedAt: new Date(Date.now() - 60_000 + id * 1_000).toISOString(),
    ...{ mode: 'live', symbol: 'BTCUSDT', side: 'buy', qtyUsd: 100, agent: `live_trader${text}`, price: 54_321.5 },
    ...(refused ? { status: 'refused', code: `permit_required${text}` } : { status: 'filled', code: null }),
  };
  return order;
}

function healthOf(text: string): PlayedStack['health'] {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const now = new Date().toISOString();
  return {
    gateway: {
      ok: true,
      posture: { digest },
      permit: {
        ...{ state: 'held', use: `trade${text}`, posture: digest },
        // Of a lease of 15 s that is renewed every 10 s: one that always had as long to go would count nothing down.
        get secondsLeft() {
          return 15 - (Date.now() % 10_000) / 1_000;
        },
      },
      halt: null,
      halts: [],
      venue: { name: 'simulated', account: `sim-1${text}` },
      orders: { accepted: 23, refused: { permit_required: 7 } },
    },
    guardian: {
      ok: true,
      observedAt: now,
      duplicates: 0,
      replicas: { running: 6, expected: 6 },
      grant: { state: 'granted', posture: digest, reasons: text ? [text] : [] },
      observed: { posture: digest },
      permit: { token: 12, secondsAgo: 1.2 },
    },
    backend: {
      ok: true,
      tradingMode: 'live',
      config: { maxDrawdown: 0.1 },
      risk: { drawdown: 0.0123, locked: false, equityUsd: 100_123.45 },
    },
    orchestrator: {
      ok: true,
      agents: [{ name: `live_trader${text}`, pid: 4711, state: 'running', restarts: 0, startedAt: now }],
      duplicates: [],
    },
    'model-service': { ok: true, model_version: `1.0.0${text}` },
    'simulated-venue': { ok: true },
  };
}
