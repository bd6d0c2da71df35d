import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Signer } from '../../evidence/keys';
import { type Claim, type SignedEvidence, signEvidence } from '../../evidence/sign';
import { storeEvidence } from '../../evidence/store';
import { formatTrustRoot } from '../../evidence/trust-root';
import { type GroundsPlace, readGrounds } from '../../ledger/grounds';
import { appendDraft, createLedger, readLedger } from '../../ledger/ledger-file';
import { type Decision, decide } from '../../posture/decide';
import type { Digest } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import { type EvidenceKind, type Role, signerOf } from '../../posture/proof';
import { type GuardianFiles, guardianFiles } from '../../workloads/guardian/files';
import { claimOf } from './claims';
import { livePosture } from './ledger';
import { paperPosture } from './posture';
import { signAny, statementOf } from './sign-any';
import { makeTrust, nextTrust, startTime, type Trust } from './trust';

const minute = 60_000;

/** What of one kind's honest evidence is different. */
export interface Edit {
  readonly measured?: Digest;
  readonly target?: Digest;
  readonly predicate?: Partial<Claim<EvidenceKind>['predicate']>;
  readonly signers?: readonly Signer[];
  /** It is not made at all. */
  readonly skip?: boolean;
}
export type Edits = { readonly [K in EvidenceKind]?: Edit };

type StoredOne = SignedEvidence & { readonly file: string };
/** What was stored of each kind. */
export type Stored = Partial<Record<EvidenceKind, StoredOne>>;

/** How many minutes ago each kind was measured; a soak begins when the watch is over, an approval comes last. */
const minutesAgo = { preflight: 2, snapshot: 2, canary: 2, watch: 33, soak: 2, drill: 2, approval: 1 } as const;

/** Live, with one agent more: the rise under live that needs the most kinds of proof. */
export const secondAgent: Posture = {
  ...livePosture,
  agents: [...livePosture.agents, { ...livePosture.agents[0]!, name: 'second_trader' }],
};
/** The kinds of proof that live from paper needs, and those that a second agent needs, in their order. */
export const kindsToLive = ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const;
export const kindsToSecondAgent = ['preflight', 'watch', 'soak', 'approval'] as const;

/**
 * A stack's keys, ledger and evidence as real files, read back as packs, verbs and guardian read them. With `prove` all
 * that a transition needs is there, and it is allowed; each attack changes one thing.
 */
export class ReadyStack {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'cutover-ready-'));
  readonly place: GroundsPlace = {
    guardianData: path.join(this.folder),
    evidence: path.join(this.folder, 'evidence'),
  };
  readonly files: GuardianFiles = guardianFiles(this.folder);
  /** Wall time of everything that happens, milliseconds. */
  now: number;
  /** The trust root in force and its keys; `trust` stays the pinned one, by which the ledger is read. */
  inForce: Trust;

  /** @param now when the story begins, half an hour after the ledger; for what reads the wall clock itself, that clock */
  constructor(
    readonly trust: Trust = makeTrust(),
    now = startTime + 30 * minute,
  ) {
    this.now = now;
    this.inForce = trust;
    writeFileSync(this.files.trustRoot, formatTrustRoot(trust.root, trust.signers.approver));
    createLedger(this.files.ledger, trust.genesis);
  }

  /** Signs and stores everything that the way needs, changed as `edits` say. The approval is of what the others became. */
  prove(from: Posture | null = null, to: Posture = livePosture, edits: Edits = {}): Stored {
    const stored: Stored = {};
    const { needs } = decide({ ...this.grounds(), from, to, evidence: [] });
    for (const kind of needs) {
      if (kind === 'approval' || edits[kind]?.skip) continue;
      stored[kind] = this.store(kind, from, to, edits[kind]);
    }
    if (!edits.approval?.skip) {
      const evidence = Object.values(stored).map(({ digest }) => digest);
      stored.approval = this.store('approval', from, to, edits.approval, evidence);
    }
    return stored;
  }

  /** Signs one evidence as its verb would, changed as `edit` says, and stores it. */
  store(kind: EvidenceKind, from: Posture | null, to: Posture, edit: Edit = {}, evidence: readonly Digest[] = []) {
    const honest = claimOf(kind, {
      stack: to.stack,
      account: to.account,
      measuredAt: new Date(this.now - minutesAgo[kind] * minute).toISOString(),
    });
    const approves = {
      transition: digestTransition(from, to),
      ledgerHead: readLedger(this.files.ledger, this.trust.root).head.head,
      evidence,
      expiresAt: new Date(this.now + 30 * minute).toISOString(),
    };
    const claim = {
      kind,
      measured: edit.measured ?? expectedMeasured(kind, from, to) ?? digestPosture(to),
      target: edit.target ?? digestPosture(to),
      predicate: {
        ...honest.predicate,
        ...(kind === 'approval' ? { measurements: approves } : {}),
        ...edit.predicate,
      },
    } as Claim<EvidenceKind>;
    const signed = signEvidence(claim, edit.signers ?? this.inForce.signers[signerOf[kind]]);
    return { ...signed, file: storeEvidence(this.place.evidence, signed) };
  }

  /** Puts something else in the place of a stored evidence, properly signed by the role whose word it is. */
  // biome-ignore lint/suspicious/noExplicitAny: attacks change documents of every shape
  replace({ kind, envelope, file }: StoredOne, change: (statement: any) => unknown, type?: string): void {
    writeFileSync(file, signAny(change(statementOf(envelope)), this.inForce.signers[signerOf[kind]], type));
  }

  /** As `prove`, with nothing else in the folder. */
  proveAnew(from?: Posture | null, to?: Posture, edits?: Edits): Stored {
    rmSync(this.place.evidence, { recursive: true, force: true });
    return this.prove(from, to, edits);
  }

  /** Goes live with one agent, so many minutes ago, with a permit that was renewed ever since. */
  standLive(minutes = 180): void {
    this.proveAnew();
    this.grant();
    this.wait(minutes);
    writeFileSync(this.files.renewal, JSON.stringify({ renewedAt: this.now }));
  }

  grounds(now = this.now) {
    return readGrounds(this.place, now);
  }

  decide(to: Posture = livePosture, now = this.now): Decision {
    return decide({ ...this.grounds(now), to });
  }

  /** The codes of every reason against it, with the proof at fault; empty exactly when it is allowed. */
  codes(to?: Posture, now?: number): string[] {
    return this.decide(to, now).reasons.map(({ code, proof }) => (proof ? `${proof}:${code}` : code));
  }

  /** Appends the grant of what is allowed now, as the guardian does. */
  grant(to: Posture = livePosture): void {
    const { consumes, return: isReturn } = this.decide(to);
    const { from } = this.grounds();
    const { unendedGrant } = readLedger(this.files.ledger, this.trust.root);
    const body = { posture: to, digest: digestPosture(to), transition: digestTransition(from, to) };
    const taken = isReturn && unendedGrant ? { return: { undoes: unendedGrant.hash } } : {};
    this.append({ kind: 'grant', body: { ...body, evidence: [...consumes], ...taken } });
  }

  /** Writes that the guardian renewed the permit of what stands just now. */
  renew(): void {
    writeFileSync(this.files.renewal, JSON.stringify({ renewedAt: this.now }));
  }

  append(draft: Parameters<typeof appendDraft>[2], signers: readonly Signer[] = this.inForce.signers.guardian): void {
    const { head } = readLedger(this.files.ledger, this.trust.root);
    appendDraft(this.files.ledger, this.trust.root, draft, { expected: head, signers, now: this.now });
  }

  /** Ends the standing grant, as the guardian does when it observes paper. */
  endGrant(): void {
    const { unendedGrant } = readLedger(this.files.ledger, this.trust.root);
    this.append({ kind: 'end', body: { grant: unendedGrant!.hash, reason: 'paper was observed' } });
  }

  /** Puts the next trust root in force, as `keys rotate` does. @returns the trust before */
  rotate(roles: readonly Role[], options: Parameters<typeof nextTrust>[2] = {}): Trust {
    const before = this.inForce;
    const { trust, envelope } = nextTrust(before, roles, options);
    this.append({ kind: 'rotation', body: { trustRoot: envelope } }, []);
    this.inForce = trust;
    return before;
  }

  /** Lets time pass, minutes. */
  wait(minutes: number): void {
    this.now += minutes * minute;
  }

  destroy(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export { livePosture, paperPosture };
