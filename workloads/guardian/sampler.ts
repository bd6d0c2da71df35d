import { z } from 'zod';
import type { Operations, PostureSighting, Stray } from '../../platforms/platform';
import { ask } from './http';
import { LogTail } from './log-tail';
import { OrderRecords } from './order-records';
import { historyMs, type Sample } from './rules/rule';

const fraction = z.number().min(0);
const backendForm = z.looseObject({
  risk: z.looseObject({ drawdown: fraction.nullable(), locked: z.boolean() }),
  modelService: z.looseObject({ ok: z.boolean() }),
});
const modelForm = z.looseObject({ ok: z.boolean(), model_loaded: z.boolean() });
const bookForm = z.looseObject({ drawdown: fraction });

/** Takes one sample a round of everything that the rules judge. */
export class Sampler {
  private readonly logs = new LogTail();
  private readonly records = new OrderRecords();
  private samples: readonly Sample[] = [];

  constructor(private readonly operations: Pick<Operations, 'ownAddressOf' | 'logsOf' | 'fetchLogs'>) {}

  /** @param at monotonic, milliseconds @returns all samples that the rules may ask for, the new one last */
  async take(
    { replicas }: Pick<PostureSighting, 'replicas'>,
    strays: readonly Stray[],
    at: number,
  ): Promise<readonly Sample[]> {
    const { operations, logs, records } = this;
    const [backend, model, gateway] = await Promise.all(
      (['backend', 'model-service', 'gateway'] as const).map((workload) => operations.ownAddressOf(workload)),
    );
    const from = (address: string | undefined, route: string) => ask(address && `${address}${route}`);
    const [health, modelHealth, book, orders] = await Promise.all([
      from(backend, '/health'),
      from(model, '/health'),
      from(gateway, '/book?mode=live'),
      records.look(gateway, backend),
    ]);
    const report = backendForm.safeParse(health?.body).data;
    const modelReport = modelForm.safeParse(modelHealth?.body).data;
    const bookReport = bookForm.safeParse(book?.body).data;
    // A log that cannot be fetched has nothing new; what is wrong with it shows elsewhere.
    await Promise.allSettled([operations.fetchLogs('backend'), operations.fetchLogs('orchestrator')]);
    const lines = logs.count([...operations.logsOf('backend'), ...operations.logsOf('orchestrator')]);
    const sample: Sample = {
      at,
      dead: replicas.filter(({ state }) => state !== 'running').map(({ workload }) => workload),
      strays: strays.map(({ workload, name }) => `${name} (${workload})`),
      backend: report
        ? { drawdown: report.risk.drawdown ?? 0, locked: report.risk.locked, modelOk: report.modelService.ok }
        : null,
      modelService: modelReport ? { ok: modelReport.ok && modelReport.model_loaded } : null,
      gateway: bookReport ?? null,
      logLines: lines.lines,
      logErrors: lines.errors,
      ...orders,
    };
    this.samples = [...this.samples.filter((old) => at - old.at <= historyMs), sample];
    return this.samples;
  }

  /** Forgets what was seen: nothing of it concerns what runs now. */
  reset(): void {
    this.samples = [];
  }
}
