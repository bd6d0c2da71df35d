import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signEvidence } from '../../evidence/sign';
import { storeEvidence } from '../../evidence/store';
import { formatTrustRoot } from '../../evidence/trust-root';
import { noEntry } from '../../ledger/chain';
import { hashOf } from '../../ledger/entry';
import { isInitialised, readGrounds } from '../../ledger/grounds';
import { appendDraft, createLedger } from '../../ledger/ledger-file';
import { decide } from '../../posture/decide';
import { digestPosture, type Posture } from '../../posture/posture';
import { guardianFiles } from '../../workloads/guardian/files';
import { claimOf } from '../helpers/claims';
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

it('a trust root that is missing or broken is named by what is wrong with it', () => {
  rmSync(files().trustRoot);
  const { trustProblem, ...found } = grounds();
  expect(trustProblem?.code ?? 'trust_root_missing').toBe('trust_root_missing');
  expect(found).toEqual({
    from: null,
    evidence: [],
    rejected: [],
    ledger: {
      readable: false,
      reason: expect.stringMatching(/^without a trust root: the trust root .* cannot be read$/),
    },
    trustRoot: null,
    now: startTime + 1000,
  });
  writeFileSync(files().trustRoot, 'garbage');
  expect(grounds()).toMatchObject({
    trustRoot: null,
    trustProblem: { code: 'malformed', message: expect.stringMatching(/the envelope is not the JSON expected/) },
  });
});

it('reads evidence, ledger and trust root of its own places, at the time given', () => {
  const folderOfEvidence = path.join(folder, 'evidence');
  storeEvidence(folderOfEvidence, signEvidence(claimOf('canary'), trust.signers.measure));
  writeFileSync(path.join(folderOfEvidence, 'broken.json'), '');
  expect(grounds(startTime + 7)).toMatchObject({
    now: startTime + 7,
    trustRoot: trust.root,
    evidence: [{ kind: 'canary' }],
    rejected: [{ name: 'broken.json' }],
    ledger: { readable: true, head: trust.root.genesis },
  });
});

it.each([
  ['torn', '{"renewedAt":'],
  ['of another form', '[]'],
  ['without a number', JSON.stringify({ renewedAt: `${startTime + hour}` })],
  ['null', 'null'],
])('a time of renewal that is %s counts as none', (_what, text) => {
  grant();
  writeFileSync(files().renewal, text);
  expect(grounds(startTime + hour).from).toEqual(live);
  expect(grounds(startTime + 1.5 * hour)).toMatchObject({ from: null, ledger: { readable: true, standing: null } });
});

it('knows that something was made here by any one file of it', () => {
  expect(isInitialised({ guardianData: folder })).toBe(true);
  const names = ['trust-root.json', 'ledger.jsonl', 'guardian.key'];
  for (const name of names) rmSync(path.join(folder, name), { force: true });
  expect(isInitialised({ guardianData: folder })).toBe(false);
  for (const name of names) {
    writeFileSync(path.join(folder, name), '');
    expect(isInitialised({ guardianData: folder })).toBe(true);
    rmSync(path.join(folder, name));
  }
});
