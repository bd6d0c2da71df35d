import type { KeyObject } from 'node:crypto';
import { signedBy } from '../evidence/dsse';
import { EvidenceError } from '../evidence/errors';
import { digestTerms, keysOf, naming, verifyNextTrustRoot } from '../evidence/trust-root';
import { type Digest, digestOf } from '../posture/digest';
import { digestTransition } from '../posture/judge-approval';
import type { TrustRoot } from '../posture/proof';
import { type ChainHead, digestEntry, hashEntry, noEntry } from './chain';
import { type Entry, type EntryBody, parseEntry, payloadOf, signaturesOf, signerOfEntry } from './entry';
import { LedgerError } from './errors';
import { allGrantRules, type GrantRule, type UnendedGrant } from './grant-rules';

/** The most bytes that a ledger may have; a year of restless trading has some thousands of entries of a few hundred. */
export const maxLedgerBytes = 64 * 1024 * 1024;

/** The error of a ledger that has more. */
export function tooLarge(file: string): LedgerError {
  return new LedgerError('too_large', `the ledger ${file}: expected at most ${maxLedgerBytes} bytes, found more`);
}

/** A halt that is not closed. */
export interface OpenHalt {
  readonly hash: Digest;
  readonly body: EntryBody<'halt'>;
}

/**
 * A ledger as far as it was verified. Reading and appending go through the same `add`, so that nothing is ever written
 * that would not be read.
 */
export class Chain {
  private readonly verified: { readonly entry: Entry; readonly digest: Digest; readonly hash: Digest }[] = [];
  private readonly used = new Set<Digest>();
  private readonly madeReturns = new Set<Digest>();
  private halts: readonly OpenHalt[] = [];
  private grant: UnendedGrant | null = null;
  private root: TrustRoot;
  private keys: Readonly<Record<'guardian' | 'approver', ReadonlyMap<string, KeyObject>>>;
  private nextRoots: readonly string[] = [];

  /**
   * @param pinned the trust root of `keys init`; later ones are taken from the ledger alone
   * @param grantRules only the simulation leaves one out, to show that each is needed
   */
  constructor(
    pinned: TrustRoot,
    private readonly grantRules: readonly GrantRule[] = allGrantRules,
  ) {
    this.root = pinned;
    this.keys = roleKeys(pinned);
  }

  /** The trust root that is in force after its newest entry. */
  get trustRoot(): TrustRoot {
    return this.root;
  }

  /** The envelopes of the trust roots that followed the pinned one, oldest first. */
  get rotations(): readonly string[] {
    return this.nextRoots;
  }

  get entries(): readonly Entry[] {
    return this.verified.map(({ entry }) => entry);
  }

  get genesis(): EntryBody<'genesis'> {
    return this.verified[0]!.entry.body as EntryBody<'genesis'>;
  }

  /** The hash of an entry. @throws RangeError when there is none with this number */
  hashAt(seq: number): Digest {
    const found = this.verified[seq];
    if (found === undefined) throw new RangeError(`the ledger has no entry ${seq}`);
    return found.hash;
  }

  /** Its newest entry's number and hash; -1 and `noEntry` while there is none. */
  get head(): ChainHead {
    return { seq: this.verified.length - 1, head: this.verified.at(-1)?.hash ?? noEntry };
  }

  /** Milliseconds since the epoch; 0 while there is no entry. */
  get newestTime(): number {
    return this.verified.at(-1)?.entry.time ?? 0;
  }

  get openHalts(): readonly OpenHalt[] {
    return this.halts;
  }

  get unendedGrant(): UnendedGrant | null {
    return this.grant;
  }

  /** Digests of the evidence that any grant has consumed. */
  get consumed(): ReadonlySet<Digest> {
    return this.used;
  }

  /** The transitions of all grants that were returns. */
  get returned(): ReadonlySet<Digest> {
    return this.madeReturns;
  }

  /**
   * Verifies the entry that comes next, and takes it in.
   * @throws LedgerError that names what is wrong with it; nothing is taken in then
   */
  add(entry: Entry): void {
    this.requirePlace(entry);
    const digest = digestEntry(entry);
    const hash = hashEntry({ seq: entry.seq, prev: entry.prev, digest });
    if (entry.seq === 0) this.requirePinned(entry, hash);
    this.requireSignatures(entry);
    this.apply(entry, hash);
    this.verified.push({ entry, digest, hash });
  }

  /**
   * Requires that this ledger has an entry that somebody saw in it before.
   * @throws LedgerError `truncated` when it is too short, `forked` when it has another entry there
   */
  requireContains({ seq, head }: ChainHead): void {
    const found = this.verified[seq];
    if (found === undefined) {
      throw new LedgerError('truncated', `the ledger ends at entry ${this.head.seq}, but entry ${seq} was seen before`);
    }
    if (found.hash !== head) {
      throw new LedgerError('forked', `the ledger's entry ${seq} is not the one that was seen before`);
    }
  }

  /**
   * The digests of the entries after a head, with which who saw that head can compute this one.
   * @throws LedgerError as `requireContains`
   */
  digestsAfter(head: ChainHead): Digest[] {
    this.requireContains(head);
    return this.verified.slice(head.seq + 1).map(({ digest }) => digest);
  }

  private requirePlace(entry: Entry): void {
    const { seq, head } = this.head;
    if (entry.seq !== seq + 1) {
      throw new LedgerError('wrong_seq', `expected the ledger's entry ${seq + 1}, found ${entry.seq}`);
    }
    if (entry.prev !== head) {
      throw new LedgerError('broken_chain', `entry ${entry.seq} does not continue the entry before it`);
    }
    if (entry.time < this.newestTime) {
      throw new LedgerError('time_steps_back', `entry ${entry.seq} is older than the entry before it`);
    }
    if ((entry.kind === 'genesis') !== (entry.seq === 0)) {
      throw new LedgerError(
        'malformed',
        `entry ${entry.seq} is a ${entry.kind}; the first, and no other, is a genesis`,
      );
    }
  }

  private requirePinned(entry: Entry, hash: Digest): void {
    const { stack, account, genesis, version } = this.trustRoot;
    const body = entry.body as EntryBody<'genesis'>;
    if (hash !== genesis || body.stack !== stack || digestOf(body.account) !== digestOf(account)) {
      throw new LedgerError('foreign', `this ledger is of ${describe(body)}, not of ${describe(this.trustRoot)}`, {
        details: [`expected the genesis ${genesis}`, `found ${hash}`],
      });
    }
    if (version !== 1) {
      throw new EvidenceError(
        'trust_root_not_pinned',
        `expected version 1 of the trust root, found version ${version}`,
        {
          details: ['keys init pins version 1, and that stays; every later one is an entry of the ledger'],
        },
      );
    }
    if (body.trustRoot !== digestTerms(this.trustRoot)) {
      throw new LedgerError('foreign', 'this ledger was made for another trust root');
    }
  }

  private requireSignatures(entry: Entry): void {
    const role = signerOfEntry[entry.kind];
    if (role === null) {
      // What does not count would give the same words another hash.
      if (entry.signatures.length === 0) return;
      throw new LedgerError('bad_signature', `entry ${entry.seq}, a ${entry.kind}: expected no signatures of its own`);
    }
    const { threshold } = this.trustRoot.roles[role];
    const payload = payloadOf(entry);
    const all = readSignatures(entry);
    // Stricter than for evidence: a signature that does not count would give the same words another hash.
    const valid = all.filter((signature) => {
      const key = this.keys[role].get(signature.keyid);
      return key && signedBy({ ...payload, signatures: [signature] }, new Map([[signature.keyid, key]])).size === 1;
    });
    const count = new Set(valid.map(({ keyid }) => keyid)).size;
    if (count >= threshold && count === all.length) return;
    throw new LedgerError(
      'bad_signature',
      `entry ${entry.seq}, a ${entry.kind}: expected signatures of ${threshold} keys of the role ${role} and no others, found ${count} among ${all.length}`,
    );
  }

  private apply(entry: Entry, hash: Digest): void {
    switch (entry.kind) {
      case 'genesis':
        return;
      case 'grant':
        this.applyGrant(entry.body, entry, hash);
        return;
      case 'end':
        if (this.grant?.hash !== entry.body.grant) {
          throw new LedgerError('unknown_grant', `entry ${entry.seq} ends a grant that does not stand`);
        }
        this.grant = null;
        return;
      case 'halt':
        this.halts = [...this.halts, { hash, body: entry.body }];
        this.grant = null;
        return;
      case 'incident': {
        const { closes } = entry.body;
        const unknown = closes.find((closed) => !this.halts.some((halt) => halt.hash === closed));
        if (unknown !== undefined) {
          throw new LedgerError('unknown_halt', `entry ${entry.seq} closes ${unknown}, which is no open halt`);
        }
        this.halts = this.halts.filter((halt) => !closes.includes(halt.hash));
        return;
      }
      case 'rotation':
        this.rotate(entry.body.trustRoot, entry.seq);
        return;
    }
  }

  /** What was granted, halted and consumed stays as it is: only who signs from here on is another. */
  private rotate(envelope: string, seq: number): void {
    const root = naming(`entry ${seq} of the ledger`, () => verifyNextTrustRoot(Buffer.from(envelope), this.root));
    this.root = root;
    this.keys = roleKeys(root);
    this.nextRoots = [...this.nextRoots, envelope];
  }

  private applyGrant(body: EntryBody<'grant'>, { seq, time }: Entry, hash: Digest): void {
    for (const require of this.grantRules) require(this, body, { seq, time });
    for (const digest of body.evidence) this.used.add(digest);
    if (body.return) this.madeReturns.add(body.transition);
    // What replaced nothing, or was granted from paper, has none to go back to.
    const { grant } = this;
    const replaces = grant !== null && body.transition === digestTransition(grant.body.posture, body.posture);
    const predecessor = replaces ? { hash: grant.hash, grantedAt: grant.grantedAt, body: grant.body } : null;
    this.grant = { hash, grantedAt: time, body, predecessor };
  }
}

/**
 * Verifies the lines of a whole ledger: form, chain, times, signatures, and that it is the pinned one.
 * @param bytes whole lines only
 * @param trustRoot the pinned one, of `keys init`
 * @throws LedgerError that names what is wrong and where; EvidenceError where a trust root in it is the trouble
 */
export function verifyLedger(bytes: Uint8Array, trustRoot: TrustRoot, grantRules = allGrantRules): Chain {
  const chain = new Chain(trustRoot, grantRules);
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
    chain.add(parseEntry(bytes.subarray(start, end), `line ${chain.head.seq + 2}`));
    start = end + 1;
  }
  if (chain.head.seq < 0) throw new LedgerError('empty', 'the ledger has no entry');
  return chain;
}

function readSignatures(entry: Entry) {
  try {
    return signaturesOf(entry);
  } catch (cause) {
    throw new LedgerError('malformed', `entry ${entry.seq}: a signature is not base64`, { cause });
  }
}

const roleKeys = (root: TrustRoot) => ({ guardian: keysOf(root, 'guardian'), approver: keysOf(root, 'approver') });

const describe = (of: { stack: string; account: { venue: string; id: string } }) =>
  `stack ${of.stack}, account ${of.account.venue}/${of.account.id}`;
