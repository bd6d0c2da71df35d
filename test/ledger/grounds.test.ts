import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatTrustRoot } from '../../evidence/trust-root';
import { noEntry } from '../../ledger/chain';
import { hashOf } from '../../ledger/entry';
import { readGrounds } from '../../ledger/grounds';
import { appendDraft, createLedger } from '../../ledger/ledger-file';
import { decide } from '../../posture/decide';
import { digestPosture, type Posture } from '../../posture/posture';
import { guardianFiles } from '../../workloads/guardian/files';
import { paperPosture } from '../helpers/posture';
import { makeTrust, startTime, type Trust } from '../helpers/trust';

let folder: string;
let trust: Trust;
const live: Posture = { ...paperPosture, tradingMode: 'live' };
const hour = 3_600_000;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-grounds-'));
  trust = makeTrust();
  writeFileSync(files().trustRoot, formatTrustRoot(trust.root, trust.signers.approver));
  createLedger(files().ledger, trust.genesis);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = () => guardianFiles(folder);
const grounds = (now = startTime + 1000) =>
  readGrounds({ guardianData: folder, evidence: path.join(folder, 'evidence') }, now);
const grant = () =>
  appendDraft(
    files().ledger,
    trust.root,
    {
      kind: 'grant',
      body: { posture: live, digest: digestPosture(live), transition: noEntry, evidence: [] },
    },
    { expected: { seq: 0, head: hashOf(trust.genesis) }, signers: trust.signers.guardian, now: startTime },
  );

it('reads the standing grant as the posture before, until an hour without renewal', () => {
  expect(grounds()).toMatchObject({ from: null, ledger: { readable: true, seq: 0 } });
  grant();
  expect(grounds().from).toEqual(live);
  expect(grounds(startTime + 2 * hour).from).toBeNull();
  writeFileSync(files().renewal, JSON.stringify({ renewedAt: startTime + hour }));
  expect(grounds(startTime + 1.5 * hour).from).toEqual(live);
});

it.each([
  ['no ledger', () => rmSync(files().ledger)],
  ['no trust root', () => rmSync(files().trustRoot)],
  ['a trust root of garbage', () => writeFileSync(files().trustRoot, 'garbage')],
  ['a ledger of garbage', () => appendFileSync(files().ledger, 'garbage\n')],
  ['nothing at all', () => rmSync(folder, { recursive: true })],
])('%s: never throws, a rise is refused, a fall is free', (_what, breakIt) => {
  grant();
  breakIt();
  const found = grounds();
  expect(found.ledger.readable).toBe(false);
  expect(decide({ ...found, to: live }).verdict).toBe('refuse');
  expect(decide({ ...found, to: paperPosture }).verdict).toBe('allow');
});

it('a torn last line was never acknowledged', () => {
  grant();
  appendFileSync(files().ledger, '{"seq":2');
  expect(grounds().from).toEqual(live);
});

it('an evidence folder that cannot be listed is named', () => {
  writeFileSync(path.join(folder, 'evidence'), 'a file');
  chmodSync(path.join(folder, 'evidence'), 0o600);
  expect(grounds().rejected).toMatchObject([{ code: 'unreadable' }]);
});
