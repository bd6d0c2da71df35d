import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createLedger } from '../../../ledger/ledger-file';
import { LedgerReader } from '../../../workloads/guardian/ledger-reader';
import { makeTrust } from '../../helpers/trust';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-ledger-reader-'));
afterEach(() => rmSync(folder, { recursive: true }));

it('verifies a ledger afresh when its trust root changes, though the file does not', () => {
  const trust = makeTrust();
  const file = path.join(folder, 'ledger.jsonl');
  createLedger(file, trust.genesis);
  const reader = new LedgerReader(file);
  expect(reader.read(trust.root).read.readable).toBe(true);
  expect(reader.read(trust.root).read.readable).toBe(true);
  // Another's keys, and the name of this ledger.
  const forged = { ...makeTrust().root, genesis: trust.root.genesis };
  expect(reader.read(forged).read).toMatchObject({ readable: false, reason: expect.stringContaining('foreign') });
});
