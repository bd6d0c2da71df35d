import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateSigner, publicKeyText, readPrivateKey } from '../../evidence/keys';
import { formatTrustRoot, loadTrustRoot } from '../../evidence/trust-root';
import { formatEntry, signEntry } from '../../ledger/entry';
import { readLedger } from '../../ledger/ledger-file';
import type { TrustRoot } from '../../posture/proof';
import { makeKeys } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { askPack } from '../helpers/pack';
import { livePosture, paperPosture } from '../helpers/ready-stack';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

// A trust root that is missing, malformed or not chained to the pinned one, at the pack and at the verbs. The guardian's
// and the gateway's: test/workloads/guardian/fail-safe.test.ts, test/workloads/gateway/trust-root.test.ts.
const passphrase = 'correct horse';
let project: SmallProject;
let whole: { file: string; bytes: Buffer }[];
const files = () => stackFiles(project.place);
const pinned = () => loadTrustRoot(files().guardian.trustRoot);
const approver = () => readPrivateKey(files().approverKey, passphrase);

beforeAll(async () => {
  project = await makeSmallProject();
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(files(), { stack: 'main', account, passphrase, drill: false, now: Date.now() - 60_000 });
  const { trustRoot, ledger } = files().guardian;
  whole = [trustRoot, ledger].map((file) => ({ file, bytes: readFileSync(file) }));
});
afterEach(() => {
  for (const { file, bytes } of whole) writeFileSync(file, bytes);
});
afterAll(() => project.destroy());

const stranger = generateSigner();
const byStranger = (root: TrustRoot): TrustRoot => ({
  ...root,
  roles: { ...root.roles, approver: { keys: { [stranger.keyId]: publicKeyText(stranger) }, threshold: 1 } },
});
const write = (text: string) => writeFileSync(files().guardian.trustRoot, text);
const rotate = (text: string) => {
  const { head } = readLedger(files().guardian.ledger, pinned());
  const entry = signEntry({ kind: 'rotation', body: { trustRoot: text } }, head, Date.now(), []);
  appendFileSync(files().guardian.ledger, formatEntry(entry));
};

const broken: [what: string, code: string, file: RegExp, breakIt: () => void][] = [
  ['missing', 'trust_root_missing', /trust-root\.json/, () => rmSync(files().guardian.trustRoot)],
  ['empty', 'malformed', /trust-root\.json/, () => write('')],
  ['cut off', 'malformed', /trust-root\.json/, () => write(whole[0]!.bytes.toString().slice(0, 500))],
  ['binary', 'malformed', /trust-root\.json/, () => writeFileSync(files().guardian.trustRoot, Buffer.alloc(999, 0xff))],
  ['huge', 'too_large', /trust-root\.json/, () => write(' '.repeat(300 * 1024))],
  ['not signed', 'threshold', /trust-root\.json/, () => write(formatTrustRoot(pinned(), []))],
  ['signed by a stranger', 'threshold', /trust-root\.json/, () => write(formatTrustRoot(pinned(), [stranger]))],
  ['for another ledger', 'ledger_unreadable', /./, () => write(formatTrustRoot(byStranger(pinned()), [stranger]))],
  [
    'a later version in its place',
    'trust_root_not_pinned',
    /trust-root\.json/,
    () => write(formatTrustRoot({ ...pinned(), version: 2 }, [approver()])),
  ],
  [
    'followed by one that is not the next',
    'trust_root_not_next',
    /ledger\.jsonl: entry 1/,
    () => rotate(formatTrustRoot({ ...pinned(), version: 3 }, [approver()])),
  ],
  [
    'followed by one without the approver',
    'threshold',
    /ledger\.jsonl: entry 1/,
    () => rotate(formatTrustRoot({ ...byStranger(pinned()), version: 2 }, [stranger])),
  ],
  ['followed by garbage', 'malformed', /ledger\.jsonl: entry 1/, () => rotate('{')],
];

describe.each(broken)('a trust root that is %s', (_, code, file, breakIt) => {
  it('refuses a rise by code and file name, lets a fall pass, and stays as it is', async () => {
    breakIt();
    const read = () => whole.map(({ file: one }) => attempt(() => readFileSync(one, 'utf8')));
    const before = read();
    const { exitCode, stdout } = await project.run(['verify', '--to', 'live', '--json']);
    expect(exitCode).toBe(3);
    const { reasons } = JSON.parse(stdout) as { reasons: { code: string; message: string }[] };
    const reason = reasons.find((one) => one.code === code);
    expect(reason?.message, JSON.stringify(reasons)).toMatch(file);
    expect((await project.run(['verify'])).exitCode).toBe(0);
    const place = files();
    expect(askPack(place, livePosture, paperPosture)).toHaveLength(1);
    expect(askPack(place, paperPosture, livePosture)).toEqual([]);
    expect(askPack(place, { ...livePosture, confidenceThreshold: 0.9 }, livePosture)).toEqual([]);
    expect(read()).toEqual(before);
  });
});

function attempt(work: () => string): string | null {
  try {
    return work();
  } catch {
    return null;
  }
}
