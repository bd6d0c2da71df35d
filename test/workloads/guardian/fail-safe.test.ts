import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateSigner, nameOfKey, writePrivateKey } from '../../../evidence/keys';
import { formatTrustRoot } from '../../../evidence/trust-root';
import { type Draft, formatEntry, hashOf, signEntry } from '../../../ledger/entry';
import { appendEntry, createLedger, readLedger } from '../../../ledger/ledger-file';
import { digestBytes } from '../../../posture/digest';
import { digestPosture, type Posture } from '../../../posture/posture';
import { type GuardianFiles, guardianFiles } from '../../../workloads/guardian/files';
import { Guardian } from '../../../workloads/guardian/guardian';
import { fakeOperations } from '../../helpers/fake-operations';
import { paperPosture } from '../../helpers/posture';
import { makeTrust, nextTrust } from '../../helpers/trust';

// A guardian over a live posture that was granted, with a gateway that would take any permit: what is broken keeps it
// from issuing one, by name, and nothing is rewritten.
const live: Posture = { ...paperPosture, tradingMode: 'live' };
const log = { warn: () => {}, error: () => {}, info: () => {} } as unknown as Logger;

let folder: string;
let files: GuardianFiles;
let trust: ReturnType<typeof makeTrust>;
let gateway: Server;
let asked: string[];
let challenge: object;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-guardian-'));
  files = guardianFiles(folder);
  trust = makeTrust({ now: Date.now() - 1_000 });
  writeFileSync(files.trustRoot, formatTrustRoot(trust.root, trust.signers.approver));
  writePrivateKey(files.key, trust.signers.guardian[0]!);
  createLedger(files.ledger, trust.genesis);
  const head = { seq: 0, head: hashOf(trust.genesis) };
  const grant: Draft = {
    kind: 'grant',
    body: { posture: live, digest: digestPosture(live), transition: digestBytes('t'), evidence: [] },
  };
  appendEntry(files.ledger, trust.root, signEntry(grant, head, Date.now(), trust.signers.guardian), Date.now());
  challenge = { gatewayStart: 'start-1', nonce: 'nonce-1', ledger: head, token: 7, halts: [] };
  asked = [];
  gateway = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    const answers: Record<string, object> = {
      '/challenge': challenge,
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
  rmSync(folder, { recursive: true, force: true });
});

function makeGuardian(posture: Posture | null = live): Guardian {
  const address = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const replica = (workload: 'backend' | 'orchestrator') =>
    ({ workload, state: 'running', pid: 1, startTime: workload }) as const;
  const operations = fakeOperations(path.join(folder, 'stack'), {
    ownAddressOf: async (workload) => (workload === 'gateway' || workload === 'backend' ? address : undefined),
    observePosture: async () => ({
      replicas: [replica('backend'), replica('orchestrator')],
      duplicates: [],
      posture,
      ...(posture ? {} : { reason: 'gone' }),
    }),
  });
  const clock = () => ({ wallMs: Date.now(), monoMs: performance.now() });
  return new Guardian({ stack: 'main', dataDir: folder, evidenceDir: folder, operations, log, clock });
}

const permits = () => asked.filter((request) => request === 'PUT /permit').length;

describe('a guardian with all it needs', () => {
  it('issues a permit', async () => {
    const guardian = makeGuardian();
    await guardian.round();
    expect(permits()).toBe(1);
    expect(guardian.status()).toMatchObject({ grant: { state: 'granted', reasons: [] }, permit: { token: 8 } });
  });

  it('goes by the trust root that its ledger has put in force, and tells the gateway once', async () => {
    const { trust: next, envelope } = nextTrust(trust, ['guardian', 'measure']);
    rotate(envelope);
    const [key] = next.signers.guardian;
    writePrivateKey(path.join(folder, nameOfKey('guardian', key!.keyId)), key!);
    const guardian = makeGuardian();
    await guardian.round();
    expect(guardian.status()).toMatchObject({ grant: { state: 'granted', reasons: [] }, permit: { token: 8 } });
    expect(asked.slice(0, 3)).toEqual(['GET /challenge', 'PUT /trust-root', 'GET /challenge']);
    await guardian.round();
    expect(asked.filter((request) => request === 'PUT /trust-root')).toHaveLength(1);
  });

  it('issues none for paper, and ends the grant', async () => {
    const guardian = makeGuardian(paperPosture);
    await guardian.round();
    expect(permits()).toBe(0);
    expect(asked).toContain('POST /revoke');
    expect(guardian.status().grant).toEqual({ state: 'none', posture: null, reasons: [] });
    expect(readFileSync(files.ledger, 'utf8')).toContain('"kind":"end"');
  });

  it('issues none while the posture cannot be told, and the grant stands', async () => {
    const before = readFileSync(files.ledger);
    const guardian = makeGuardian(null);
    await guardian.round();
    expect(permits()).toBe(0);
    expect(guardian.status()).toMatchObject({
      grant: { state: 'granted', posture: digestPosture(live) },
      permit: null,
    });
    expect(readFileSync(files.ledger)).toEqual(before);
  });
});

const other = makeTrust({ account: 'another', now: Date.now() });
const faults: [string, RegExp, 'blocked' | 'not_initialised' | 'granted', () => void][] = [
  [
    'nothing was ever made',
    /keys init/,
    'not_initialised',
    () => {
      for (const file of [files.ledger, files.key, files.trustRoot]) rmSync(file);
    },
  ],
  ['the key is gone', /there is no key/, 'blocked', () => rmSync(files.key)],
  ['others can read the key', /0600/, 'blocked', () => chmodSync(files.key, 0o644)],
  [
    'the key is not of the trust root',
    /not in the trust root/,
    'blocked',
    () => {
      rmSync(files.key);
      writePrivateKey(files.key, generateSigner());
    },
  ],
  ['the trust root is gone', /cannot be read/, 'blocked', () => rmSync(files.trustRoot)],
  ['the trust root is garbage', /./, 'blocked', () => writeFileSync(files.trustRoot, '{"payload": 1}')],
  [
    'a trust root in the ledger is not chained to the one before',
    /^trust_root_not_next: entry 2 of the ledger/,
    'blocked',
    () => {
      const { trust: next } = nextTrust(trust, []);
      rotate(nextTrust(next, []).envelope);
    },
  ],
  [
    'a trust root in the ledger is signed by its own approvers alone',
    /^threshold: entry 2 of the ledger/,
    'blocked',
    () => {
      const { trust: next } = nextTrust(trust, ['approver']);
      rotate(formatTrustRoot(next.root, next.signers.approver));
    },
  ],
  [
    'its new key has not come',
    /not in the trust root/,
    'blocked',
    () => rotate(nextTrust(trust, ['guardian']).envelope),
  ],
  [
    'another trust root is put in the place of the pinned one',
    /^trust_root_not_pinned/,
    'blocked',
    () => writeFileSync(files.trustRoot, nextTrust(trust, []).envelope),
  ],
  ['the ledger is gone', /^missing/, 'blocked', () => rmSync(files.ledger)],
  ['the ledger is empty', /^empty/, 'blocked', () => writeFileSync(files.ledger, '')],
  ['the ledger is garbage', /^malformed/, 'blocked', () => appendFileSync(files.ledger, '{}\n')],
  [
    'the ledger is of another account',
    /^foreign/,
    'blocked',
    () => {
      rmSync(files.ledger);
      createLedger(files.ledger, other.genesis);
    },
  ],
  ['the ledger is shorter than the gateway has seen', /^ledger truncated: /, 'granted', () => claimHead(5)],
  ['the ledger is another than the gateway has seen', /^ledger forked: /, 'granted', () => claimHead(1)],
  ['nothing can be written', /^not_writable/, 'blocked', () => mkdirSync(files.probe)],
];

const rotate = (trustRoot: string) => {
  const { head } = readLedger(files.ledger, trust.root);
  const entry = signEntry({ kind: 'rotation', body: { trustRoot } }, head, Date.now(), []);
  appendFileSync(files.ledger, formatEntry(entry));
};

function claimHead(seq: number): void {
  challenge = { ...challenge, ledger: { seq, head: digestBytes('another history') } };
}

describe('no permit, by name, and nothing rewritten, when', () => {
  it.each(faults)('%s', async (_, reason, state, cause) => {
    cause();
    const read = (file: string) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return null;
      }
    };
    const kept = () => [files.ledger, files.key, files.trustRoot].map(read);
    const before = kept();
    const guardian = makeGuardian();
    await guardian.round();
    await guardian.round();
    expect(permits()).toBe(0);
    const { grant } = guardian.status();
    expect(grant.state).toBe(state);
    expect(grant.reasons.join('\n')).toMatch(reason);
    expect(kept()).toEqual(before);
  });

  it('takes the permit back when it breaks while it holds one', async () => {
    const guardian = makeGuardian();
    await guardian.round();
    expect(permits()).toBe(1);
    asked = [];
    appendFileSync(files.ledger, 'garbage\n');
    await guardian.round();
    expect(asked).toContain('POST /revoke');
    expect(permits()).toBe(0);
  });
});

describe('two guardians on one ledger', () => {
  it('record one end of the grant, not two', async () => {
    const [one, two] = [makeGuardian(paperPosture), makeGuardian(paperPosture)];
    await Promise.all([one.round(), two.round()]);
    await Promise.all([one.round(), two.round()]);
    const ends = readFileSync(files.ledger, 'utf8').match(/"kind":"end"/g);
    expect(ends).toHaveLength(1);
  });
});
