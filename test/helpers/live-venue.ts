import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateSigner, publicKeyText, type Signer } from '../../evidence/keys';
import { formatTrustRoot } from '../../evidence/trust-root';
import { type Digest, digestBytes } from '../../posture/digest';
import { signBytes } from '../../protocol/ed25519';
import {
  bytesOf,
  type Challenge,
  type Close,
  type OrderRequest,
  type Permit,
  type SignedOrder,
  type SignedPermit,
} from '../../protocol/messages';
import { freePort } from './free-port';
import { post, type RunningWorkload, startWorkload } from './start-workload';
import { makeTrust } from './trust';

export const livePosture: Digest = digestBytes('the permitted posture');

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * A venue and a gateway as real processes, with a trust root whose keys the test holds: it stands in for guardian,
 * approver and trader instance. The venue's database is the witness.
 */
export class LiveVenue {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'live-'));
  readonly dataDir = path.join(this.folder, 'gateway');
  readonly trust = makeTrust({ account: 'sim-1' });
  readonly instance = generateSigner();
  venue!: RunningWorkload;
  gateway!: RunningWorkload;
  private venuePort = '';
  private ids = 0;

  static async start(options: { trusted?: boolean } = {}): Promise<LiveVenue> {
    const stack = new LiveVenue();
    mkdirSync(stack.dataDir);
    writeFileSync(path.join(stack.folder, 'key'), 'the-key');
    writeFileSync(path.join(stack.folder, 'control'), 'the-control-key');
    if (options.trusted ?? true) stack.pin();
    stack.venuePort = String(await freePort());
    await stack.startVenue();
    await stack.startGateway();
    return stack;
  }

  /** Leaves the pinned trust root in the gateway's folder, as `keys init` does. */
  pin(): void {
    const text = formatTrustRoot(this.trust.root, this.trust.signers.approver);
    writeFileSync(path.join(this.dataDir, 'trust-root.json'), text);
  }

  async startVenue(): Promise<void> {
    this.venue = await startWorkload('workloads/simulated-venue/server.ts', {
      PORT: this.venuePort,
      SYMBOLS: 'BTCUSDT,ETHUSDT',
      VENUE_ACCOUNT: 'sim-1',
      VENUE_KEY_FILE: path.join(this.folder, 'key'),
      VENUE_CONTROL_KEY_FILE: path.join(this.folder, 'control'),
      DATA_DIR: path.join(this.folder, 'venue'),
      MARKET_FEED: JSON.stringify({ feed: 'embedded', seed: 7, speed: 1 }),
    });
  }

  async startGateway(environment: Record<string, string> = {}): Promise<void> {
    this.gateway = await startWorkload('workloads/gateway/server.ts', {
      CUTOVER_STACK: 'main',
      SYMBOLS: 'BTCUSDT,ETHUSDT',
      VENUE: 'simulated',
      VENUE_ACCOUNT: 'sim-1',
      VENUE_URL: this.venue.url,
      VENUE_KEY_FILE: path.join(this.folder, 'key'),
      POSTURE_FILE: path.join(this.folder, 'posture.json'),
      DATA_DIR: this.dataDir,
      ...environment,
    });
  }

  async restartGateway(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.gateway.stop(signal);
    await this.startGateway();
  }

  async stop(): Promise<void> {
    for (const workload of [this.gateway, this.venue]) {
      workload?.process.kill('SIGCONT');
      await workload?.stop('SIGKILL');
    }
    rmSync(this.folder, { recursive: true });
  }

  async get(route: string): Promise<Answer> {
    return ask('GET', `${this.gateway.url}${route}`);
  }

  async permitState(): Promise<{ state: string; token?: number; secondsLeft?: number }> {
    return (await this.get('/health')).body.permit as never;
  }

  async challenge(): Promise<Challenge> {
    return (await this.get('/challenge')).body as never;
  }

  /** A permit as the guardian would issue it, with some fields changed. */
  makePermit(
    challenge: Challenge,
    changes: Partial<Permit> = {},
    signer = this.trust.signers.guardian[0]!,
  ): SignedPermit {
    const { stack, account, genesis } = this.trust.root;
    const permit: Permit = {
      stack,
      account,
      genesis,
      posture: livePosture,
      gatewayStart: challenge.gatewayStart,
      nonce: challenge.nonce,
      token: challenge.token + 1,
      instance: { key: publicKeyText(this.instance), starts: ['1', '2'] },
      limits: { maxOrderUsd: 1_000, maxPositionUsd: 3_000, maxOrdersPerMinute: 1_000, symbols: ['BTCUSDT'] },
      use: 'trade',
      leaseSeconds: 15,
      ledger: challenge.ledger,
      extension: [],
      ...changes,
    };
    return { permit, signature: signBytes(signer.privateKey, bytesOf('permit', permit)) };
  }

  async put(signed: unknown): Promise<Answer> {
    return ask('PUT', `${this.gateway.url}/permit`, signed);
  }

  /** Asks for a challenge and answers it with a permit. */
  async grant(changes: Partial<Permit> = {}): Promise<Answer> {
    return this.put(this.makePermit(await this.challenge(), changes));
  }

  /** A live order as the backend sends it. */
  async makeOrder(changes: Partial<OrderRequest> = {}, signer: Signer = this.instance) {
    this.ids += 1;
    const order: OrderRequest = {
      clientOrderId: `live-${this.ids}`,
      symbol: 'BTCUSDT',
      side: 'buy',
      qtyUsd: 100,
      posture: livePosture,
      gatewayStart: String((await this.get('/health')).body.start),
      sentAt: Date.now(),
      ...changes,
    };
    const signed: SignedOrder = { order, signature: signBytes(signer.privateKey, bytesOf('order', order)) };
    const { clientOrderId, symbol, side, qtyUsd } = order;
    return { clientOrderId, mode: 'live', symbol, side, qtyUsd, signed };
  }

  async send(body: unknown): Promise<Answer> {
    return post(`${this.gateway.url}/orders`, body);
  }

  async order(changes: Partial<OrderRequest> = {}, signer: Signer = this.instance): Promise<Answer> {
    return this.send(await this.makeOrder(changes, signer));
  }

  async halt(body: object = { reason: 'test', by: 'operator' }): Promise<Answer> {
    return post(`${this.gateway.url}/halt`, body);
  }

  async close(halts: readonly string[], signer = this.trust.signers.approver[0]!): Promise<Answer> {
    const { stack, account, genesis } = this.trust.root;
    const close: Close = { stack, account, genesis, halts };
    return post(`${this.gateway.url}/close`, {
      close,
      signature: signBytes(signer.privateKey, bytesOf('close', close)),
    });
  }

  async control(faults: object): Promise<Answer> {
    return post(`${this.venue.url}/control`, faults, { 'x-control-key': 'the-control-key' });
  }

  /** Something that rests in the venue's book, placed past the gateway by who has the key. */
  async rest(clientOrderId: string): Promise<Answer> {
    const order = { clientOrderId, symbol: 'BTCUSDT', side: 'buy', qtyUsd: 50, type: 'limit', limitPrice: 1 };
    return post(`${this.venue.url}/orders`, order, { 'x-api-key': 'the-key' });
  }

  /** The venue's own record of the orders that it received, and of those that it executed. */
  witness(table: 'orders_received' | 'executions'): Record<string, unknown>[] {
    const database = new DatabaseSync(path.join(this.folder, 'venue', 'venue.db'), { readOnly: true });
    try {
      return database.prepare(`SELECT * FROM ${table} ORDER BY id`).all();
    } finally {
      database.close();
    }
  }

  statusAtVenue(clientOrderId: string): unknown {
    return this.witness('orders_received').find((row) => row.client_order_id === clientOrderId)?.status;
  }
}

async function ask(method: string, url: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
