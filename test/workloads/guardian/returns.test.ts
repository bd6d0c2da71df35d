import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writePrivateKey } from '../../../evidence/keys';
import { hashOf } from '../../../ledger/entry';
import { readLedger } from '../../../ledger/ledger-file';
import { digestBytes } from '../../../posture/digest';
import { digestPosture, type Posture } from '../../../posture/posture';
import { Guardian } from '../../../workloads/guardian/guardian';
import { fakeOperations } from '../../helpers/fake-operations';
import { livePosture, ReadyStack } from '../../helpers/ready-stack';
import { makeTrust } from '../../helpers/trust';

// A guardian over a stack that goes back from one live posture to the one before, with a gateway that takes any permit.
const remodelled: Posture = { ...livePosture, model: { version: '2', digest: digestBytes('other') } };
const log = { warn: () => {}, error: () => {}, info: () => {} } as unknown as Logger;
/** An observed posture is decided on when it was seen as often in a row. */
const looks = 3;

let stack: ReadyStack;
let gateway: Server;
let asked: string[];
let running: Posture;

beforeEach(async () => {
  const now = Date.now();
  stack = new ReadyStack(makeTrust({ now: now - 30 * 60_000 }), now);
  writePrivateKey(stack.files.key, stack.trust.signers.guardian[0]!);
  stack.prove();
  stack.grant();
  stack.prove(livePosture, remodelled);
  stack.grant(remodelled);
  running = remodelled;
  asked = [];
  const head = { seq: 0, head: hashOf(stack.trust.genesis) };
  gateway = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}, ${entries().length} entries`);
    response.setHeader('content-type', 'application/json');
    const answers: Record<string, object> = {
      '/challenge': {
        gatewayStart: 'start-1',
        nonce: `nonce-${asked.length}`,
        ledger: head,
        token: asked.length,
        halts: [],
      },
      '/health': { start: 'start-1' },
      '/instance': { key: 'k'.repeat(60), start: 'b' },
    };
    response.end(JSON.stringify(answers[request.url!] ?? { accepted: true }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => gateway.once('listening', resolve));
});
afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
  stack.destroy();
});

const entries = () => readLedger(stack.files.ledger, stack.trust.root).entries;

function makeGuardian(): Guardian {
  const address = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const replica = (workload: 'backend' | 'orchestrator') =>
    ({ workload, state: 'running', pid: 1, startTime: workload }) as const;
  const operations = fakeOperations(path.join(stack.folder, 'stack'), {
    ownAddressOf: async (workload) => (workload === 'gateway' || workload === 'backend' ? address : undefined),
    observePosture: async () => ({
      replicas: [replica('backend'), replica('orchestrator')],
      duplicates: [],
      posture: running,
    }),
  });
  let rounds = 0;
  // A challenge that was answered is asked for again when the next permit is due.
  const clock = () => ({ wallMs: Date.now(), monoMs: performance.now() + rounds * 6_000 });
  const { evidence } = stack.place;
  const guardian = new Guardian({
    stack: 'main',
    dataDir: stack.folder,
    evidenceDir: evidence,
    operations,
    log,
    clock,
  });
  const round = guardian.round.bind(guardian);
  guardian.round = () => {
    rounds++;
    return round();
  };
  return guardian;
}

async function see(guardian: Guardian, posture: Posture): Promise<void> {
  running = posture;
  for (let look = 0; look < looks; look++) await guardian.round();
}

it('revokes the permit, records the return, and only then issues for what was gone back to', async () => {
  const guardian = makeGuardian();
  await guardian.round();
  expect(guardian.status().grant).toMatchObject({ state: 'granted', posture: digestPosture(remodelled) });
  const before = entries();
  asked = [];

  await see(guardian, livePosture);
  expect(entries()).toHaveLength(before.length + 1);
  expect(entries().at(-1)).toMatchObject({
    kind: 'grant',
    body: { digest: digestPosture(livePosture), evidence: [], return: { undoes: hashOf(before.at(-1)!) } },
  });
  expect(asked).toContain(`POST /revoke, ${before.length} entries`);
  expect(asked.filter((request) => request.startsWith('PUT /permit'))).toEqual([]);

  await guardian.round();
  expect(asked).toContain(`PUT /permit, ${before.length + 1} entries`);
  expect(guardian.status().grant).toMatchObject({ state: 'granted', posture: digestPosture(livePosture) });
});

it('takes no return back: what is deployed then is refused, and nothing stands any more', async () => {
  const guardian = makeGuardian();
  await see(guardian, livePosture);
  const before = entries();
  asked = [];
  await see(guardian, remodelled);
  expect(guardian.decision()).toMatchObject({ verdict: 'refuse', return: null });
  expect(guardian.status().grant.reasons.join('\n')).toContain('[return_of_return]');
  expect(asked.filter((request) => request.startsWith('PUT /permit'))).toEqual([]);
  expect(entries().slice(before.length)).toMatchObject([{ kind: 'end' }]);
});

it('grants no return over a halt', async () => {
  stack.append({ kind: 'halt', body: { haltedAt: Date.now(), reason: 'error rate', by: 'guardian' } });
  const before = entries();
  const guardian = makeGuardian();
  await see(guardian, livePosture);
  expect(entries()).toEqual(before);
  expect(asked.filter((request) => request.startsWith('PUT /permit'))).toEqual([]);
  expect(guardian.status().grant.state).toBe('halted');
});
