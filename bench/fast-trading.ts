import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { appendDraft } from '../ledger/ledger-file';
import { dataDir } from '../platforms/process/home';
import { digestPosture } from '../posture/posture';
import { signBytes } from '../protocol/ed25519';
import { bytesOf } from '../protocol/messages';
import { makeRealSystem, type RealSystem } from '../test/helpers/real-system';
import { guardianFiles } from '../workloads/guardian/files';
import { ClientLoad } from './client-load';

const liveSeconds = 120;

/** A whole live system as real processes, with clients that trade as fast as it answers. */
export class FastTrading {
  private readonly load: ClientLoad;

  private constructor(readonly system: RealSystem) {
    this.load = new ClientLoad((order) => system.post('backend', '/api/trade/execute', order));
  }

  static async open(): Promise<FastTrading> {
    const fast = new FastTrading(await makeRealSystem({ maxOrdersPerMinute: 60_000 }));
    fast.system.initialise();
    return fast;
  }

  /** Brings everything up live, closes what is halted, proves it, and waits until orders are executed at the venue. */
  async goLive(): Promise<void> {
    const { system } = this;
    const live = await system.up('live');
    const deadline = Date.now() + liveSeconds * 1000;
    let provedOn = '';
    for (;;) {
      if (Date.now() > deadline)
        throw new Error(`expected live trading within ${liveSeconds} s: ${await this.state()}`);
      await this.closeHalts();
      const { grant } = await system.get('guardian', '/health');
      const { permit } = await system.get('gateway', '/health');
      if (grant.state === 'granted' && permit.state === 'held' && permit.posture === digestPosture(live)) break;
      const { head } = system.ledger().head;
      if (grant.state === 'refused' && head !== provedOn) {
        system.prove(null, live, ['preflight', 'snapshot', 'canary', 'drill']);
        provedOn = head;
      }
      await delay(200);
    }
    this.load.start();
    const before = system.executed();
    while (system.executed() < before + 20) {
      if (Date.now() > deadline) throw new Error(`expected orders at the venue: ${await this.state()}`);
      await delay(50);
    }
  }

  private async state(): Promise<string> {
    return JSON.stringify([await this.system.get('guardian', '/health'), await this.system.get('gateway', '/health')]);
  }

  /** As `incident close` does: the record first, then the latch. */
  private async closeHalts(): Promise<void> {
    const { system } = this;
    const { trust } = system;
    const chain = system.ledger();
    const halts = chain.openHalts.flatMap(({ body }) => body.id ?? []);
    if (halts.length === 0) return;
    const { account, stack, genesis } = trust.root;
    const approver = trust.signers.approver[0]!;
    const close = { account, stack, genesis, halts };
    const release = signBytes(approver.privateKey, bytesOf('close', close));
    const closes = chain.openHalts.map(({ hash }) => hash);
    const body = { closes, cause: 'measured', timeline: [], actionItems: [], release };
    const { ledger } = guardianFiles(dataDir({ stack, home: system.home }, 'guardian'));
    const options = { expected: chain.head, signers: [approver], now: Date.now() };
    appendDraft(ledger, trust.root, { kind: 'incident', body }, options);
    await system.post('gateway', '/close', { close, signature: release });
  }

  stopTrading(): Promise<void> {
    return this.load.stop();
  }

  /**
   * Seconds from a moment to the last order that the venue executed, by its own record; 0 when none came after it.
   * @param since wall time, milliseconds
   */
  async lastOrderAfter(since: number): Promise<number> {
    const asked = Date.now();
    const { time } = await this.system.get('simulated-venue', '/time');
    const ahead = time - (asked + Date.now()) / 2;
    const { home, trust } = this.system;
    const folder = dataDir({ stack: trust.root.stack, home }, 'simulated-venue');
    const database = new DatabaseSync(path.join(folder, 'venue.db'), { readOnly: true });
    try {
      const last = database.prepare('SELECT max(venue_ms) AS last FROM executions').get()!.last as number;
      return Math.max(0, last - ahead - since) / 1000;
    } finally {
      database.close();
    }
  }

  async close(): Promise<void> {
    await this.stopTrading();
    await this.system.destroy();
  }
}
