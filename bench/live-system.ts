import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { generateSigner, publicKeyText } from '../evidence/keys';
import { defaultsFor, formatTrustRoot } from '../evidence/trust-root';
import { genesisEntry, hashOf } from '../ledger/entry';
import { packageDir } from '../package-dir';
import { digestBytes } from '../posture/digest';
import { leaseSeconds, renewMs } from '../protocol/constants';
import { signBytes } from '../protocol/ed25519';
import { bytesOf, type Challenge, type Order, type Permit, type SignedOrder } from '../protocol/messages';
import { freePort } from '../test/helpers/free-port';

const key = 'the-key-of-the-bench';
const symbol = 'BTCUSDT';

/** A simulated venue and a gateway that holds a permit, as real processes. The bench stands in for guardian and trader. */
export interface LiveSystem {
  readonly venueUrl: string;
  readonly gatewayUrl: string;
  readonly venueHeaders: Readonly<Record<string, string>>;
  /** Signs an order as the permitted trader. */
  sign(order: Order): SignedOrder;
  close(): Promise<void>;
}

export async function openLiveSystem(): Promise<LiveSystem> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-bench-live-'));
  const children: ChildProcess[] = [];
  let renewing: NodeJS.Timeout | undefined;
  const close = async () => {
    clearInterval(renewing);
    for (const child of children) {
      const ended = once(child, 'exit');
      if (child.kill('SIGKILL')) await ended;
    }
    rmSync(folder, { recursive: true });
  };
  try {
    const { trust, guardian } = makeTrust();
    const [venuePort, gatewayPort] = [await freePort(), await freePort()];
    const [venueUrl, gatewayUrl] = [`http://127.0.0.1:${venuePort}`, `http://127.0.0.1:${gatewayPort}`];
    const keyFile = path.join(folder, 'key');
    writeFileSync(keyFile, key, { mode: 0o600 });
    mkdirSync(path.join(folder, 'gateway'));
    writeFileSync(path.join(folder, 'gateway', 'trust-root.json'), trust.text);
    const common = { SYMBOLS: symbol, VENUE_ACCOUNT: 'bench-1', VENUE_KEY_FILE: keyFile };
    const feed = JSON.stringify({ feed: 'embedded', seed: 7, speed: 1 });
    const venue = { ...common, PORT: `${venuePort}`, DATA_DIR: path.join(folder, 'venue'), MARKET_FEED: feed };
    children.push(start('simulated-venue', venue));
    await answers(`${venueUrl}/health`, children[0]!);
    const gateway = { ...common, PORT: `${gatewayPort}`, DATA_DIR: path.join(folder, 'gateway'), VENUE: 'simulated' };
    const postureFile = path.join(folder, 'posture.json');
    const wiring = { CUTOVER_STACK: 'bench', VENUE_URL: venueUrl, POSTURE_FILE: postureFile };
    children.push(start('gateway', { ...gateway, ...wiring }));
    await answers(`${gatewayUrl}/health`, children[1]!);

    const trader = generateSigner();
    const posture = digestBytes('the bench');
    let gatewayStart = '';
    const renew = async () => {
      const challenge = (await request('GET', `${gatewayUrl}/challenge`)).body as unknown as Challenge;
      gatewayStart = challenge.gatewayStart;
      const permit: Permit = {
        ...trust.pins,
        posture,
        gatewayStart,
        nonce: challenge.nonce,
        token: challenge.token + 1,
        instance: { key: publicKeyText(trader), starts: ['1'] },
        limits: { maxOrderUsd: 1_000, maxPositionUsd: 1e6, maxOrdersPerMinute: 1e6, symbols: [symbol] },
        use: 'trade',
        leaseSeconds,
        ledger: challenge.ledger,
        extension: [],
      };
      const signature = signBytes(guardian.privateKey, bytesOf('permit', permit));
      const { status, body } = await request('PUT', `${gatewayUrl}/permit`, { permit, signature });
      if (status !== 200) throw new Error(`the permit: expected it to be accepted, received ${JSON.stringify(body)}`);
    };
    await renew();
    // A renewal that fails shows at the next order, which is then refused.
    renewing = setInterval(() => void renew().catch(() => {}), renewMs);
    return {
      venueUrl,
      gatewayUrl,
      venueHeaders: { 'x-api-key': key },
      sign: (asked) => {
        const order = { ...asked, posture, gatewayStart, sentAt: Date.now() };
        return { order, signature: signBytes(trader.privateKey, bytesOf('order', order)) };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Sends JSON and reads the JSON answer, whatever it is. */
export async function request(method: string, url: string, sent?: unknown, headers = {}) {
  const body = sent === undefined ? {} : { body: JSON.stringify(sent) };
  const type = sent === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers: { ...type, ...headers }, ...body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function makeTrust() {
  const [guardian, measure, approver] = [generateSigner(), generateSigner(), generateSigner()];
  const role = (signer: typeof guardian) => ({ keys: { [signer.keyId]: publicKeyText(signer) }, threshold: 1 });
  const account = { venue: 'simulated', id: 'bench-1' };
  const roles = { guardian: role(guardian), measure: role(measure), approver: role(approver) };
  const terms = { version: 1, stack: 'bench', account, roles, ...defaultsFor('simulated') };
  const genesis = hashOf(genesisEntry(terms, { drill: false, now: Date.now() }));
  const text = formatTrustRoot({ ...terms, genesis }, [approver]);
  return { guardian, trust: { text, pins: { stack: 'bench', account, genesis } } };
}

function start(workload: string, environment: Record<string, string>): ChildProcess {
  const file = path.join(packageDir(), 'dist', 'workloads', workload, 'server.js');
  const env = { HOST: '127.0.0.1', LOG_LEVEL: 'error', ...environment };
  return spawn(process.execPath, [file], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Waits until an address answers well. @throws Error when the process ends before */
async function answers(url: string, child: ChildProcess): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the process behind ${url} has ended`);
    await delay(20);
  }
}
