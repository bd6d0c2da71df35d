import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatTrustRoot } from '../../evidence/trust-root';
import { formatEntry, signEntry } from '../../ledger/entry';
import { readChain, readPinnedRoot, readRootInForce } from '../../ledger/root-in-force';
import { maxLedgerBytes } from '../../ledger/verify';
import { headAfter } from '../helpers/ledger';
import { makeTrust, nextTrust, startTime } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const trust = makeTrust();
const second = nextTrust(trust, ['measure']);
const rotation = signEntry(
  { kind: 'rotation', body: { trustRoot: second.envelope } },
  headAfter(trust.genesis),
  startTime,
  [],
);

let guardianData: string;
const file = (name: string) => path.join(guardianData, name);
beforeEach(() => {
  guardianData = mkdtempSync(path.join(tmpdir(), 'cutover-root-'));
  writeFileSync(file('trust-root.json'), formatTrustRoot(trust.root, trust.signers.approver));
  writeFileSync(file('ledger.jsonl'), formatEntry(trust.genesis));
});
afterEach(() => rmSync(guardianData, { recursive: true, force: true }));

/** What it throws. */
function errorOf(work: () => unknown): Error & { details: string[] } {
  try {
    work();
  } catch (error) {
    return error as Error & { details: string[] };
  }
  throw new Error('expected an error');
}

describe('the trust root in force', () => {
  it('is the pinned one until the ledger names the next', () => {
    expect(readRootInForce({ guardianData })).toEqual(trust.root);
    appendFileSync(file('ledger.jsonl'), formatEntry(rotation));
    expect(readRootInForce({ guardianData })).toEqual(second.trust.root);
    expect(readPinnedRoot({ guardianData })).toEqual(trust.root);
  });

  it('is that of the whole lines: one that is being written does not count', () => {
    const line = formatEntry(rotation);
    for (const length of [1, line.length - 1]) {
      writeFileSync(file('ledger.jsonl'), formatEntry(trust.genesis) + line.slice(0, length));
      expect(readRootInForce({ guardianData })).toEqual(trust.root);
    }
  });

  it('cannot be a later one that was put in the place of the pinned one', () => {
    writeFileSync(file('trust-root.json'), second.envelope);
    const error = errorOf(() => readPinnedRoot({ guardianData }));
    expect(error).toEqual(withCode('trust_root_not_pinned'));
    expect(error.message).toBe(`${file('trust-root.json')}: expected version 1, found version 2`);
    expect(error.details.join()).toMatch(/keys init pins version 1/);
  });

  it('cannot be told from a broken ledger, which is named by its file', () => {
    const forged = nextTrust(makeTrust(), ['measure']);
    const entry = signEntry(
      { kind: 'rotation', body: { trustRoot: forged.envelope } },
      headAfter(trust.genesis),
      startTime,
      [],
    );
    writeFileSync(file('ledger.jsonl'), formatEntry(trust.genesis) + formatEntry(entry));
    const error = errorOf(() => readRootInForce({ guardianData }));
    expect(error).toEqual(withCode('trust_root_not_next'));
    expect(error.message.startsWith(`${file('ledger.jsonl')}: `)).toBe(true);
  });

  it('is not looked for in a ledger of more bytes than one may have', () => {
    truncateSync(file('ledger.jsonl'), maxLedgerBytes + 1);
    const error = errorOf(() => readChain({ guardianData }, trust.root));
    expect(error).toEqual(withCode('too_large'));
    expect(error.message).toContain(`${maxLedgerBytes}`);
    // What has no line's end is a line that is being written.
    truncateSync(file('ledger.jsonl'), maxLedgerBytes);
    expect(readChain({ guardianData }, trust.root).trustRoot).toEqual(trust.root);
  });
});
