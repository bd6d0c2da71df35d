import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseDocument } from 'yaml';
import { readConfig } from '../../config';
import { writePrivateKey } from '../../evidence/keys';
import { formatTrustRoot } from '../../evidence/trust-root';
import { createLedger, readLedger } from '../../ledger/ledger-file';
import { dataDir, postureFile } from '../../platforms/process/home';
import { createProcessOperations } from '../../platforms/process/operations';
import { readRecord } from '../../platforms/process/record';
import { type ProcessInputs, startWorkload } from '../../platforms/process/start';
import { createProcessView, processInputs } from '../../platforms/process/view';
import { isAlive } from '../../platforms/process-identity';
import {
  digestPosture,
  type Posture,
  type RiskLimits,
  type TradingMode,
  type WorkloadName,
  workloadNames,
} from '../../posture/posture';
import type { EvidenceKind } from '../../posture/proof';
import { declareStack } from '../../workloads/declare-all';
import { guardianFiles } from '../../workloads/guardian/files';
import { bundleEntry } from './bundle';
import { freePort } from './free-port';
import { post, until } from './start-workload';
import { storeProofs } from './store-proofs';
import { makeTrust, type Trust } from './trust';

const root = path.resolve(__dirname, '..', '..');
const stack = 'main';

/** The whole reference system as real processes from the sources, with keys and a ledger, without the engine. */
export interface RealSystem {
  readonly home: string;
  readonly evidenceDir: string;
  readonly trust: Trust;
  readonly operations: ReturnType<typeof createProcessOperations>;
  /** What the stack declares in a mode. */
  declare(mode: TradingMode): { posture: Posture; inputs: Record<WorkloadName, ProcessInputs> };
  /** Starts what is not yet as declared, in order. */
  up(mode: TradingMode): Promise<Posture>;
  /** Ends one process of a workload at once. */
  kill(workload: WorkloadName): Promise<void>;
  /** Makes keys, trust root and ledger, as `keys init` does. */
  initialise(): void;
  /** Signs evidence of these kinds for the way from `from`, and the approval of it. */
  prove(from: Posture | null, to: Posture, kinds: readonly EvidenceKind[]): void;
  ledger(): ReturnType<typeof readLedger>;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  get(workload: WorkloadName, route: string): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  post(workload: WorkloadName, route: string, body: unknown): Promise<any>;
  /** The orders that the venue itself has executed. */
  executed(): number;
  destroy(): Promise<void>;
}

/** @param risk limits other than the shipped ones, which the trust root then caps at */
export async function makeRealSystem(risk: Partial<RiskLimits> = {}): Promise<RealSystem> {
  const home = mkdtempSync(path.join(tmpdir(), 'cutover-live-'));
  const place = { stack, home, projectDir: root };
  const evidenceDir = path.join(home, 'evidence');
  const ports = {} as Record<WorkloadName, number>;
  for (const name of workloadNames) ports[name] = await freePort();
  const trust = makeTrust({ now: Date.now(), caps: risk });
  const operations = createProcessOperations(place);
  const entries = await bundleAll();
  const guardian = guardianFiles(dataDir(place, 'guardian'));

  const declare = (mode: TradingMode) => {
    const shippedConfig = rawConfig();
    const limits = JSON.stringify({ ...JSON.parse(shippedConfig['cutover:risk']!), ...risk });
    const changes = { 'cutover:tradingMode': mode, 'cutover:ports': JSON.stringify(ports), 'cutover:risk': limits };
    const config = readConfig({ ...shippedConfig, ...changes }, root);
    const shipped = createProcessView(config, place);
    const view = {
      ...shipped,
      evidenceDir,
      commandOf: (program: Parameters<typeof shipped.commandOf>[0]) =>
        program.kind === 'shipped'
          ? [process.execPath, entries[program.entry]!, ...program.args]
          : [...program.command],
      realize: (spec: Parameters<typeof shipped.realize>[0]) => {
        const command = view.commandOf(spec.program);
        return { ...shipped.realize(spec), command, source: shipped.digestOf(command) };
      },
    };
    const { posture, workloads } = declareStack(config, stack, home, view);
    const inputs = workloads.map((spec) => [spec.name, processInputs(spec, place, view)]);
    return { posture, inputs: Object.fromEntries(inputs) as Record<WorkloadName, ProcessInputs> };
  };

  return {
    home,
    evidenceDir,
    trust,
    operations,
    declare,
    up: async (mode) => {
      const { posture, inputs } = declare(mode);
      mkdirSync(path.dirname(postureFile(place)), { recursive: true });
      writeFileSync(postureFile(place), JSON.stringify({ digest: digestPosture(posture), posture }));
      for (const name of workloadNames) await startWorkload(inputs[name]);
      return posture;
    },
    kill: async (workload) => {
      const record = readRecord(place, workload)!;
      process.kill(record.pid, 'SIGKILL');
      await until(() => !isAlive(record));
    },
    initialise: () => {
      const text = formatTrustRoot(trust.root, trust.signers.approver);
      for (const workload of ['guardian', 'gateway'] as const) {
        mkdirSync(dataDir(place, workload), { recursive: true });
        writeFileSync(path.join(dataDir(place, workload), 'trust-root.json'), text);
      }
      writePrivateKey(guardian.key, trust.signers.guardian[0]!);
      createLedger(guardian.ledger, trust.genesis);
    },
    prove: (from, to, kinds) => storeProofs({ trust, ledger: guardian.ledger, evidence: evidenceDir }, from, to, kinds),
    ledger: () => readLedger(guardian.ledger, trust.root),
    get: async (workload, route) => {
      const url = `http://127.0.0.1:${ports[workload]}${route}`;
      // A connection that was kept open to a process that was killed fails once.
      const response = await fetch(url).catch(() => fetch(url));
      return response.json();
    },
    post: async (workload, route, body) => (await post(`http://127.0.0.1:${ports[workload]}${route}`, body)).body,
    executed: () => {
      const database = new DatabaseSync(path.join(dataDir(place, 'simulated-venue'), 'venue.db'), { readOnly: true });
      try {
        return database.prepare(`SELECT count(*) AS n FROM orders_received WHERE status = 'filled'`).get()!.n as number;
      } finally {
        database.close();
      }
    },
    destroy: async () => {
      for (const name of workloadNames) await operations.stop(name);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The shipped stack's config as the engine hands it over. */
function rawConfig(): Record<string, string> {
  const { config } = parseDocument(readFileSync(path.join(root, 'stacks', 'Pulumi.main.yaml'), 'utf8')).toJS();
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(texts);
}

async function bundleAll(): Promise<Record<string, string>> {
  const entries = [
    'workloads/simulated-venue/server',
    'workloads/gateway/server',
    'workloads/model-service/server',
    'workloads/backend/server',
    'workloads/orchestrator/main',
    'workloads/orchestrator/agents/live_trader',
    'workloads/guardian/server',
  ];
  const bundled: Record<string, string> = {};
  for (const entry of entries) bundled[entry] = await bundleEntry(`${entry}.ts`);
  return bundled;
}
