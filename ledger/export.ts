import canonicalize from 'canonicalize';
import { z } from 'zod';
import { checkForm } from '../evidence/check-form';
import { formatEnvelope, parseEnvelope, parseJson, signedBy, signPayload } from '../evidence/dsse';
import { account, digest, name, note } from '../evidence/forms';
import type { Signer } from '../evidence/keys';
import { keysOf } from '../evidence/trust-root';
import { digestOf } from '../posture/digest';
import type { LedgerView, TrustRoot } from '../posture/proof';
import { digestEntry, extendHead } from './chain';
import { type Entry, entryForm, milliseconds, posture } from './entry';
import { LedgerError } from './errors';
import type { Chain } from './verify';
import { type ViewClock, viewLedger } from './view';

export const exportType = 'application/vnd.cutover.ledger-export+json';

/** How old a copy may be, and how far its clock may be ahead of the reader's. Milliseconds. */
export const exportFreshMs = 10 * 60 * 1000;
const aheadMs = 60 * 1000;

const maxExportBytes = 1024 * 1024;
/** Entries that are copied for people to read; everything that a decision needs is in the view. */
const maxTail = 20;

const head = { seq: z.int().min(0), head: digest };
const granted = { posture, digest, grantedAt: milliseconds };
const exportForm = z.strictObject({
  format: z.literal('cutover-ledger-export/v1'),
  stack: name,
  account,
  exportedAt: milliseconds,
  genesis: digest,
  ...head,
  newestTime: milliseconds,
  standing: z
    .strictObject({
      ...granted,
      predecessor: z.strictObject(granted).exactOptional(),
      isReturn: z.boolean().exactOptional(),
    })
    .nullable(),
  openHalts: z.array(z.strictObject({ haltedAt: milliseconds, reason: note })),
  consumed: z.array(digest),
  returned: z.array(digest).exactOptional(),
  drill: z.boolean(),
  /** The head before the tail; null when the tail is the whole ledger. */
  tailAfter: z.strictObject(head).nullable(),
  tail: z.array(entryForm).min(1).max(maxTail),
});

/** A copy of the ledger's end that was verified. */
export interface LedgerExport {
  readonly view: Extract<LedgerView, { readable: true }>;
  readonly exportedAt: number;
  /** The newest entries, oldest first. */
  readonly tail: readonly Entry[];
}

/** A signed copy of what the ledger says now, for previews that cannot reach the guardian. */
export function exportLedger(chain: Chain, clock: ViewClock, guardian: readonly Signer[]): string {
  const { readable: _, consumed, returned, ...view } = viewLedger(chain, clock);
  const entries = chain.entries;
  const first = Math.max(0, entries.length - maxTail);
  const payload = Buffer.from(
    canonicalize({
      format: 'cutover-ledger-export/v1',
      stack: chain.genesis.stack,
      account: chain.genesis.account,
      exportedAt: clock.now,
      ...view,
      consumed: [...consumed],
      ...(returned ? { returned: [...returned] } : {}),
      tailAfter: first === 0 ? null : { seq: first - 1, head: chain.hashAt(first - 1) },
      tail: entries.slice(first),
    }) as string,
  );
  const signatures = signPayload({ payloadType: exportType, payload }, guardian);
  return formatEnvelope({ payloadType: exportType, payload, signatures });
}

/**
 * Verifies a signed copy. It is good for an early answer only: what counts is the guardian's own ledger.
 * @param now milliseconds since the epoch
 * @throws LedgerError `bad_signature`, `malformed`, `foreign`, `broken_chain`, `stale_export`; EvidenceError when the
 * envelope is not one
 */
export function verifyExport(bytes: Uint8Array, trustRoot: TrustRoot, now: number): LedgerExport {
  const envelope = parseEnvelope(bytes, exportType, maxExportBytes);
  const count = signedBy(envelope, keysOf(trustRoot, 'guardian')).size;
  const { threshold } = trustRoot.roles.guardian;
  if (count < threshold) {
    throw new LedgerError('bad_signature', `the ledger's copy: expected ${threshold} guardian keys, found ${count}`);
  }
  const checked = checkForm(exportForm, parseJson(envelope.payload, "the ledger's copy"));
  if ('wrong' in checked) {
    const details = checked.wrong.split('\n');
    throw new LedgerError('malformed', "the ledger's copy is not valid", { details });
  }
  const { format: _, stack, account: of, exportedAt, tailAfter, tail, consumed, returned, ...view } = checked.data;
  if (stack !== trustRoot.stack || digestOf(of) !== digestOf(trustRoot.account) || view.genesis !== trustRoot.genesis) {
    throw new LedgerError('foreign', `the ledger's copy is of stack ${stack}, account ${of.venue}/${of.id}`);
  }
  requireFresh(exportedAt, now);
  requireChain(view, tailAfter, tail);
  const sets = { consumed: new Set(consumed), ...(returned ? { returned: new Set(returned) } : {}) };
  return { view: { readable: true, ...view, ...sets }, exportedAt, tail };
}

function requireFresh(exportedAt: number, now: number): void {
  if (exportedAt > now + aheadMs) {
    throw new LedgerError('stale_export', "the ledger's copy is from the future; one of the two clocks is wrong");
  }
  if (now - exportedAt > exportFreshMs) {
    const age = Math.round((now - exportedAt) / 1000);
    throw new LedgerError('stale_export', `the ledger's copy is ${age} s old, at most ${exportFreshMs / 1000} s count`);
  }
}

function requireChain(
  end: { seq: number; head: string },
  tailAfter: z.output<typeof exportForm>['tailAfter'],
  tail: readonly Entry[],
): void {
  const from = tailAfter ?? { seq: -1, head: tail[0]!.prev };
  const { seq, head: reached } = extendHead(from, tail.map(digestEntry));
  if (seq === end.seq && reached === end.head) return;
  throw new LedgerError('broken_chain', "the ledger's copy: its entries do not lead to its head");
}
