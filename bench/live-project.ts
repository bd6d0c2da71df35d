import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writePrivateKey } from '../evidence/keys';
import { formatTrustRoot } from '../evidence/trust-root';
import { createLedger } from '../ledger/ledger-file';
import { createOperations } from '../platforms/operations';
import type { Operations } from '../platforms/platform';
import { postureFile } from '../platforms/process/home';
import type { WorkloadName } from '../posture/posture';
import { handOverKeys } from '../scripts/shared/make-keys';
import { type StackFiles, stackFiles } from '../scripts/shared/stack-files';
import { makeProject, type Ran, set, type TestProject } from '../test/helpers/project';
import { storeProofs } from '../test/helpers/store-proofs';
import { makeTrust, type Trust } from '../test/helpers/trust';
import { ClientLoad, type Trade } from './client-load';

const liveSeconds = 120;
/** Each new connection to a pod is one more question to the API server, which has an `up` to serve. */
const clusterIdleMs = 100;

/** A project of its own, applied by the shipped verbs and the real engine, that goes live and trades as fast as it can. */
export class LiveProject {
  private readonly load: ClientLoad;
  private known: Operations | undefined;
  private readonly addresses = new Map<WorkloadName, string>();

  private constructor(
    readonly project: TestProject,
    private readonly trust: Trust,
    private readonly files: StackFiles,
    idleMs?: number,
  ) {
    this.load = new ClientLoad((order) => this.post(order), idleMs);
  }

  /** @param image of the workloads, by digest, on Kubernetes */
  static async open(platform: 'process' | 'docker' | 'kubernetes', image?: string): Promise<LiveProject> {
    const project = await makeProject((config) => {
      set(config, 'platform', platform);
      if (image !== undefined) set(config, 'kubernetes', { image });
      set(config, ['risk', 'maxOrdersPerMinute'], 60_000);
    });
    const trust = makeTrust({ now: Date.now() - 1_000, caps: { maxOrdersPerMinute: 60_000 } });
    const idleMs = platform === 'kubernetes' ? clusterIdleMs : undefined;
    const live = new LiveProject(project, trust, stackFiles(project.place), idleMs);
    try {
      await live.apply();
      await live.initialise();
      return live;
    } catch (error) {
      await live.close();
      throw error;
    }
  }

  /** One for all, since ways into a cluster are its own. To be asked once the stack was brought up. */
  private get operations(): Operations {
    this.known ??= createOperations(this.project.place);
    return this.known;
  }

  /** @throws Error where the workload cannot be reached */
  private async addressOf(workload: WorkloadName): Promise<string> {
    const address = this.addresses.get(workload) ?? (await this.operations.addressOf(workload));
    if (address === undefined) throw new Error(`expected an address of ${workload}`);
    this.addresses.set(workload, address);
    return address;
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  private async get(workload: WorkloadName, route: string): Promise<any> {
    return (await fetch((await this.addressOf(workload)) + route)).json();
  }

  private async post(trade: Trade): Promise<{ executed?: boolean }> {
    const headers = { 'content-type': 'application/json' };
    const asked = { method: 'POST', headers, body: JSON.stringify(trade) };
    return (await fetch(`${await this.addressOf('backend')}/api/trade/execute`, asked)).json() as object;
  }

  /** Keys, trust root and ledger, as `keys init` leaves them. */
  private async initialise(): Promise<void> {
    const { guardian, gatewayTrustRoot } = this.files;
    const text = formatTrustRoot(this.trust.root, this.trust.signers.approver);
    for (const file of [guardian.trustRoot, gatewayTrustRoot]) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    writePrivateKey(guardian.key, this.trust.signers.guardian[0]!);
    createLedger(guardian.ledger, this.trust.genesis);
    await handOverKeys(this.operations, this.files);
  }

  /** @throws Error with the command's last words when the stack's config cannot be applied */
  async apply(): Promise<Ran> {
    const up = await this.project.cutover('up');
    if (up.exitCode !== 0) throw new Error(`cutover up ended with exit code ${up.exitCode}: ${up.stdout}${up.stderr}`);
    return up;
  }

  /** From paper to live with every proof, by config and `cutover up`; returns when orders are executed at the venue. */
  async goLive(): Promise<void> {
    const { project, trust, files } = this;
    await this.operations.fetchData('guardian');
    const { posture } = JSON.parse(readFileSync(postureFile(project.place), 'utf8'));
    project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
    const place = { trust, ledger: files.guardian.ledger, evidence: files.evidence };
    storeProofs(place, null, { ...posture, tradingMode: 'live' }, ['preflight', 'snapshot', 'canary', 'drill']);
    project.git('add', '--all');
    project.git('commit', '--quiet', '--allow-empty', '--message', 'Proofs');
    await this.apply();
    this.load.start();
    await this.awaitOrders();
  }

  /** Waits for twenty more orders that the venue executed. @throws Error when they do not come */
  async awaitOrders(): Promise<void> {
    const deadline = Date.now() + liveSeconds * 1000;
    for (const before = await this.executed(); (await this.executed()) < before + 20; await delay(50)) {
      if (Date.now() < deadline) continue;
      const [guardian, gateway] = await Promise.all(
        (['guardian', 'gateway'] as const).map((workload) => this.get(workload, '/health')),
      );
      throw new Error(`expected orders within ${liveSeconds} s: ${JSON.stringify([guardian, gateway])}`);
    }
  }

  private async executed(): Promise<number> {
    await this.operations.fetchData('simulated-venue');
    return Number(this.project.query('simulated-venue', 'venue.db', 'SELECT count(*) AS n FROM executions')[0]!.n);
  }

  stopTrading(): Promise<void> {
    return this.load.stop();
  }

  /**
   * Seconds from one moment to the last order that the venue executed before another, by its own record; 0 for none.
   * @param since wall time, milliseconds @param until wall time, milliseconds
   */
  async lastOrderBetween(since: number, until: number): Promise<number> {
    const asked = Date.now();
    const { time } = await this.get('simulated-venue', '/time');
    const ahead = time - (asked + Date.now()) / 2;
    await this.operations.fetchData('simulated-venue');
    const query = `SELECT max(venue_ms) AS last FROM executions WHERE venue_ms <= ${Math.floor(until + ahead)}`;
    const { last } = this.project.query('simulated-venue', 'venue.db', query)[0]!;
    return Math.max(0, Number(last) - ahead - since) / 1000;
  }

  async close(): Promise<void> {
    await this.load.stop();
    await this.project.destroy();
  }
}
