import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '../../errors';
import type { ClosesSource } from '../../evidence/measurements';
import type { Sample } from '../../evidence/sampling';
import { createOperations } from '../../platforms/operations';
import type { Operations } from '../../platforms/platform';
import { digestPosture, type Posture, workloadNames } from '../../posture/posture';
import type { Project } from './project';
import { closesKeepers, countCloses } from './realized-closes';
import { fetchAllLogs } from './subject';

const answerMs = 2_000;
const pageSize = 500;

const ordersForm = z.object({
  orders: z.array(z.object({ id: z.number(), mode: z.string().nullable(), status: z.string() })),
});
const healthForm = z.looseObject({ ok: z.boolean() });
const bookForm = z.object({ risk: z.object({ drawdown: z.number().nullable() }) });

/** Looks at a running stack again and again; each look says what is new since the one before. */
export class Sampler {
  private readonly offsets = new Map<string, number>();
  private lastOrder: number | undefined;
  private readonly closesSeen = new Map<ClosesSource, number>();

  private constructor(
    private readonly operations: Operations,
    private readonly posture: Posture,
  ) {
    // What was logged before the first look is not of the time that is sampled.
    for (const file of this.logs()) this.offsets.set(file, sizeOf(file));
  }

  /** @param posture what must run all the time @throws CutoverError `data_unreachable` */
  static async create(project: Project, posture: Posture): Promise<Sampler> {
    const operations = createOperations(project);
    await fetchAllLogs(operations);
    return new Sampler(operations, posture);
  }

  async look(): Promise<Sample> {
    const faults: string[] = [];
    const attempt = async <T>(what: string, step: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await step();
      } catch (error) {
        faults.push(`${what}: ${messageOf(error)}`);
        return undefined;
      }
    };
    await attempt('replicas', async () => faults.push(...(await this.findFaults())));
    const drawdown = await attempt(
      'backend',
      async () => bookForm.parse(await this.ask('backend', '/health')).risk.drawdown,
    );
    const orders = (await attempt("the gateway's record", () => this.newOrders())) ?? [];
    const closes = await attempt('the record of closed trades', async () => {
      await again(() => Promise.all(closesKeepers.map((workload) => this.operations.fetchData(workload))));
      return this.newCloses();
    });
    await attempt('logs', () => again(() => fetchAllLogs(this.operations)));
    const model = await this.ask('model-service', '/health').catch(() => undefined);
    return {
      at: Date.now(),
      ...this.newLines(),
      faults,
      modelHealthy: healthForm.safeParse(model).data?.ok === true,
      drawdown: drawdown ?? null,
      orders: orders.map(({ status }) => (status === 'filled' ? 'filled' : 'rejected')),
      closes: closes ?? null,
    };
  }

  private async findFaults(): Promise<string[]> {
    const { replicas, duplicates, posture } = await this.operations.observePosture();
    const faults = replicas
      .filter(({ state }) => state !== 'running')
      .map(({ workload, state }) => `${workload} was ${state}`);
    faults.push(...duplicates.map(({ workload }) => `${workload} ran a second time`));
    if (faults.length === 0 && (!posture || digestPosture(posture) !== digestPosture(this.posture))) {
      faults.push('another posture ran');
    }
    return faults;
  }

  /** The orders of this mode in the gateway's record since the look before; at the first look, none. */
  private async newOrders() {
    const isFirst = this.lastOrder === undefined;
    const found: z.output<typeof ordersForm>['orders'] = [];
    for (;;) {
      const since = this.lastOrder ?? 0;
      const { orders } = ordersForm.parse(await this.ask('gateway', `/orders?since=${since}&limit=${pageSize}`));
      this.lastOrder = orders.at(-1)?.id ?? since;
      if (!isFirst) found.push(...orders);
      if (orders.length < pageSize) return found.filter(({ mode }) => mode === this.posture.tradingMode);
    }
  }

  /** The closed trades of this mode since the look before; of a record that is read for the first time, none. */
  private newCloses(): NonNullable<Sample['closes']> {
    const { source, total } = countCloses(this.operations, this.posture.tradingMode);
    const count = total - (this.closesSeen.get(source) ?? total);
    this.closesSeen.set(source, total);
    return { source, count: Math.max(0, count) };
  }

  private newLines(): Pick<Sample, 'logLines' | 'errorLines'> {
    const lines = this.logs().flatMap((file) => this.readNew(file));
    return { logLines: lines.length, errorLines: lines.filter((line) => line.includes('"level":"ERROR"')).length };
  }

  private readNew(file: string): string[] {
    const from = this.offsets.get(file) ?? 0;
    const bytes = readFrom(file, from);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.offsets.set(file, from + end);
    return bytes.subarray(0, end).toString('utf8').split('\n').filter(Boolean);
  }

  private logs(): string[] {
    return workloadNames.flatMap((workload) => this.operations.logsOf(workload));
  }

  private async ask(workload: (typeof workloadNames)[number], route: string): Promise<unknown> {
    const address = await this.operations.addressOf(workload);
    if (!address) throw new Error(`${workload} is not started`);
    const response = await fetch(address + route, { signal: AbortSignal.timeout(answerMs) });
    return response.json();
  }
}

/** What is copied from afar may fail once without anything being wrong with what is sampled. */
const again = <T>(step: () => Promise<T>): Promise<T> => step().catch(step);

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function readFrom(file: string, from: number): Buffer {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, sizeOf(file) - from));
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, from));
  } finally {
    closeSync(handle);
  }
}
