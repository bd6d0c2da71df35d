import type { Operations } from '../../platforms/platform';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import {
  type Answers,
  type OrderRow,
  readDecision,
  readHalts,
  readHealth,
  readOrders,
} from '../../report/live/answers';
import { freshOf, type LiveData, type PlatformSight, type Source } from '../../report/live/data';
import { ask } from '../../workloads/guardian/http';
import { Asked } from './asked';
import { OrderFlow } from './order-flow';
import { OrderTail } from './order-tail';

/** What can be told of a stack that runs somewhere. */
export type Watched = Pick<Operations, 'addressOf' | 'observe'>;

/** Gateway and guardian, which a halt shows in; the rest; how long each answer counts. Milliseconds. */
const fast = { everyMs: 500, freshMs: 3_000 };
const slow = { everyMs: 2_000, freshMs: 6_000 };

/** Asks a stack again and again, at a modest rate, through the platform alone. Changes nothing of it. */
export class StackWatch {
  private readonly since = Date.now();
  private readonly ending = new AbortController();
  private readonly flow = new OrderFlow();
  private readonly tail = new OrderTail((since, limit) => this.fetchOrders(since, limit));
  private readonly workloads: { readonly [Name in WorkloadName]: Asked<Answers[Name]> };
  private readonly platform: Asked<PlatformSight>;
  private readonly orders: Asked<readonly OrderRow[]>;

  constructor(
    private readonly stack: { readonly name: string; readonly version: string },
    private readonly operations: Watched,
  ) {
    const asked = <T>(question: () => Promise<T>, { everyMs, freshMs } = slow) => new Asked(question, everyMs, freshMs);
    this.workloads = {
      gateway: asked(() => this.askGateway(), fast),
      guardian: asked(() => this.askGuardian(), fast),
      backend: asked(() => this.askHealth('backend')),
      orchestrator: asked(() => this.askHealth('orchestrator')),
      'model-service': asked(() => this.askHealth('model-service')),
      'simulated-venue': asked(() => this.askHealth('simulated-venue')),
    };
    this.platform = asked(() => this.observe());
    this.orders = asked(() => this.readOrders());
  }

  start(): void {
    for (const one of [...Object.values(this.workloads), this.platform, this.orders]) void one.run(this.ending.signal);
  }

  stop(): void {
    this.ending.abort();
  }

  /** What is known now. */
  view(): LiveData {
    const now = Date.now();
    const sources = workloadNames.map((name) => [name, this.workloads[name].source()] as const);
    return {
      stack: this.stack.name,
      version: this.stack.version,
      now,
      since: this.since,
      workloads: Object.fromEntries(sources) as { [Name in WorkloadName]: Source<Answers[Name]> },
      platform: this.platform.source(),
      orders: this.orders.source(),
      flow: this.flow.view(now),
    };
  }

  private async observe(): Promise<PlatformSight> {
    const { replicas, duplicates, waiting = [] } = await this.operations.observe();
    return {
      replicas: replicas.map(({ workload, state, reason }) => ({ workload, state, ...(reason ? { reason } : {}) })),
      others: [...duplicates.map(({ workload, name }) => `${name} runs ${workload} a second time`), ...waiting],
    };
  }

  private async askGateway(): Promise<Answers['gateway']> {
    const health = await this.askHealth('gateway');
    if (health.orders) this.flow.add(health.orders, Date.now());
    // What was said with halts is asked for where there are any.
    const told = health.halt || health.halts.length > 0 ? await this.askFor('gateway', '/halts') : undefined;
    return { ...health, openHalts: readHalts(health, told?.body) };
  }

  private async askGuardian(): Promise<Answers['guardian']> {
    const [health, told] = await Promise.all([this.askHealth('guardian'), this.askFor('guardian', '/decision')]);
    return { ...health, decision: readDecision(told?.body) };
  }

  private async readOrders(): Promise<readonly OrderRow[]> {
    const { orders: counts } = freshOf(this.workloads.gateway.source()) ?? (await this.askHealth('gateway'));
    if (!counts) throw new Error('the gateway does not say how many orders there are');
    return this.tail.read(counts);
  }

  private async fetchOrders(since: number, limit: number): Promise<readonly OrderRow[]> {
    const rows = readOrders((await this.askFor('gateway', `/orders?since=${since}&limit=${limit}`))?.body);
    if (!rows) throw new Error('the gateway does not show its orders');
    return rows;
  }

  private async askHealth<Name extends WorkloadName>(name: Name) {
    const answer = await this.askFor(name, '/health');
    if (!answer) throw new Error('nothing answers');
    const health = readHealth(name, answer);
    if (!health) throw new Error('what answers is no workload of this stack');
    return health;
  }

  private async askFor(name: WorkloadName, route: string) {
    const address = await this.operations.addressOf(name);
    if (address === undefined) throw new Error('it was not started');
    return ask(`${address}${route}`);
  }
}
