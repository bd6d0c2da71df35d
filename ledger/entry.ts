import canonicalize from 'canonicalize';
import { z } from 'zod';
import { checkForm } from '../evidence/check-form';
import { fromBase64, maxEnvelopeBytes, type Signature, signPayload, toBase64 } from '../evidence/dsse';
import { account, digest, name, note } from '../evidence/forms';
import type { Signer } from '../evidence/keys';
import { parseStrictJson } from '../evidence/strict-json';
import { digestTerms, type TrustTerms } from '../evidence/trust-root';
import { type Digest, digestOf } from '../posture/digest';
import type { Posture } from '../posture/posture';
import type { Role } from '../posture/proof';
import { type ChainHead, digestEntry, hashEntry, noEntry } from './chain';
import { LedgerError } from './errors';

export const ledgerFormat = 'cutover-ledger/v1';

/** What an entry's signatures are over is marked as such, so that none can be taken for anything else's. */
export const entryType = 'application/vnd.cutover.ledger-entry+json';

export const milliseconds = z.int().min(0);

// The guardian's signature vouches for the rest of a posture. It is not checked field by field here, so that a newer
// version with more fields still reads what an older one granted.
export const posture = z.custom<Posture>(
  (value) => z.looseObject({ stack: name, tradingMode: z.enum(['paper', 'live']), account }).safeParse(value).success,
  'expected a posture',
);

/** The bodies of the kinds of entries. Times are milliseconds since the epoch. */
const bodies = {
  /** The first entry, made by `keys init`: whose ledger it is. The trust root in turn names its hash. */
  genesis: z.strictObject({
    format: z.literal(ledgerFormat),
    stack: name,
    account,
    /** Digest of the trust root without its genesis. */
    trustRoot: digest,
    /** A drill's own ledger. */
    drill: z.boolean(),
  }),
  /** An observed posture was allowed, and this evidence was consumed for it. */
  grant: z
    .strictObject({
      posture,
      digest,
      transition: digest,
      evidence: z.array(digest).max(50),
      /** Only of a return: the hash of the grant that it takes back. It consumes nothing. */
      return: z.strictObject({ undoes: digest }).exactOptional(),
    })
    .refine((grant) => digestOf(grant.posture) === grant.digest, { path: ['digest'], error: "not the posture's" }),
  /** The standing grant is over, because another posture was observed or it was taken back. Takes away only. */
  end: z.strictObject({ grant: digest, reason: note }),
  halt: z.strictObject({
    /** The name by which the gateway latched it; without one, the entry's hash is its name. */
    id: name.optional(),
    haltedAt: milliseconds,
    reason: note,
    /** The guardian, or the operator by name. */
    by: name,
  }),
  /** Halts are closed by an approver who says what happened. */
  incident: z.strictObject({
    /** Hashes of the halts' entries. */
    closes: z.array(digest).min(1).max(100),
    cause: note,
    timeline: z.array(z.strictObject({ at: milliseconds, text: note })).max(500),
    actionItems: z.array(z.strictObject({ text: note, owner: name })).max(100),
    /** The approvers' signatures that open the gateway's latch: over the protocol's `close` of the same halts. */
    release: z.string().max(1000).optional(),
  }),
  /** Other keys from here on: the whole envelope of the next trust root, which the approvers of both have signed. */
  rotation: z.strictObject({ trustRoot: z.string().max(maxEnvelopeBytes) }),
};

export type EntryKind = keyof typeof bodies;
export type EntryBody<K extends EntryKind = EntryKind> = z.output<(typeof bodies)[K]>;

/**
 * Who must sign each kind. The genesis needs no signature: the trust root names its hash. Nor does a rotation: the trust
 * root in it is signed, and follows one other only.
 */
export const signerOfEntry = {
  genesis: null,
  grant: 'guardian',
  end: 'guardian',
  halt: 'guardian',
  incident: 'approver',
  rotation: null,
} as const satisfies Record<EntryKind, Role | null>;

/** What is to be written, without its place in the ledger. */
export type Draft = { readonly [K in EntryKind]: { readonly kind: K; readonly body: EntryBody<K> } }[EntryKind];

const place = { seq: z.int().min(0), prev: digest, time: milliseconds };
const signatures = z.array(z.strictObject({ keyid: name, sig: z.string().max(200) })).max(16);
const formOf = <K extends EntryKind>(kind: K) =>
  z.strictObject({ ...place, kind: z.literal(kind), body: bodies[kind], signatures });

export const entryForm = z.discriminatedUnion('kind', [
  formOf('genesis'),
  formOf('grant'),
  formOf('end'),
  formOf('halt'),
  formOf('incident'),
  formOf('rotation'),
]);

/** One line of a ledger. */
export type Entry = Draft & {
  readonly seq: number;
  /** Hash of the entry before. */
  readonly prev: Digest;
  /** Milliseconds since the epoch; never less than that of the entry before. */
  readonly time: number;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
};

/** The first entry of a new ledger. @param now milliseconds since the epoch */
export function genesisEntry(terms: TrustTerms, options: { drill: boolean; now: number }): Entry {
  const { stack, account: of } = terms;
  const body = {
    format: ledgerFormat,
    stack,
    account: of,
    trustRoot: digestTerms(terms),
    drill: options.drill,
  } as const;
  return { seq: 0, prev: noEntry, time: options.now, kind: 'genesis', body, signatures: [] };
}

/** Signs a draft as the entry that follows `after`. @param time milliseconds since the epoch */
export function signEntry(draft: Draft, after: ChainHead, time: number, signers: readonly Signer[]): Entry {
  const unsigned = { ...draft, seq: after.seq + 1, prev: after.head, time };
  const made = signPayload(payloadOf(unsigned), signers);
  return {
    ...unsigned,
    signatures: made.map(({ sig }, index) => ({ keyid: signers[index]!.keyId, sig: toBase64(sig) })),
  };
}

/** What an entry's signatures are over: everything but themselves; `prev` binds it to its ledger and place. */
export function payloadOf({ seq, prev, time, kind, body }: Omit<Entry, 'signatures'>) {
  return { payloadType: entryType, payload: Buffer.from(canonicalize({ seq, prev, time, kind, body }) as string) };
}

/** An entry's signatures in bytes. @throws EvidenceError `malformed` */
export function signaturesOf(entry: Entry): (Signature & { readonly keyid: string })[] {
  return entry.signatures.map(({ keyid, sig }) => ({ keyid, sig: fromBase64(sig) }));
}

/** An entry's hash, by which the next one continues it. */
export function hashOf(entry: Entry): Digest {
  return hashEntry({ seq: entry.seq, prev: entry.prev, digest: digestEntry(entry) });
}

/** An entry's line in the file, with its newline. */
export function formatEntry(entry: Entry): string {
  return `${canonicalize(entry)}\n`;
}

/**
 * Parses one line, without its newline. Exactly what `formatEntry` writes is accepted, so that an entry has one form.
 * @param where to show, such as `line 3`
 * @throws LedgerError `malformed`
 */
export function parseEntry(line: string | Uint8Array, where: string): Entry {
  let value: unknown;
  try {
    value = parseStrictJson(line);
  } catch (cause) {
    throw new LedgerError('malformed', `the ledger's ${where} is not JSON`, { cause });
  }
  const checked = checkForm(entryForm, value);
  if ('wrong' in checked) {
    const details = checked.wrong.split('\n');
    throw new LedgerError('malformed', `the ledger's ${where} is not an entry`, { details });
  }
  if (formatEntry(checked.data) !== `${typeof line === 'string' ? line : Buffer.from(line).toString('utf8')}\n`) {
    throw new LedgerError('malformed', `the ledger's ${where} is not in its canonical form`);
  }
  return checked.data;
}
