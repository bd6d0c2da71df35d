import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Signer } from '../../../evidence/keys';
import { storeEvidence } from '../../../evidence/store';
import { loadTrustRoot } from '../../../evidence/trust-root';
import { noEntry } from '../../../ledger/chain';
import { type Draft, type Entry, hashOf, signEntry } from '../../../ledger/entry';
import { type Grounds, readGrounds } from '../../../ledger/grounds';
import { appendDraft, appendEntry, createLedger } from '../../../ledger/ledger-file';
import type { Chain } from '../../../ledger/verify';
import { viewLedger } from '../../../ledger/view';
import { type Decision, decide } from '../../../posture/decide';
import type { Digest } from '../../../posture/digest';
import { digestPosture } from '../../../posture/posture';
import type { Role, TrustRoot } from '../../../posture/proof';
import { draftOf } from '../../../workloads/guardian/draft';
import { guardianFiles } from '../../../workloads/guardian/files';
import { LedgerReader } from '../../../workloads/guardian/ledger-reader';
import { describeLack } from '../../../workloads/guardian/observation';
import { readRenewal, writeRenewal } from '../../../workloads/guardian/renewal';
import { incidentOf } from '../../helpers/ledger';
import type { Point } from '../model/point';
import type { Proof } from '../model/proof';
import { signProof } from './sign-proof';
import type { World } from './world';

/** The parts that a planted fault replaces. */
export interface Parts {
  readonly readGrounds: typeof readGrounds;
  readonly decide: typeof decide;
  /** Why a ledger lacks what the gateway has seen of it. */
  readonly describeLack: typeof describeLack;
}
export const soundParts: Parts = { readGrounds, decide, describeLack };

/** How often what happened, by its name. */
export type Tally = Record<string, number>;

/** What came of asking. */
export interface Answer {
  readonly grounds: Grounds;
  readonly decision: Decision;
  /** The evidence that the grant consumed which was appended for it; undefined where none was. */
  readonly granted?: readonly Digest[];
}

/**
 * The real parts of the decision on real files: evidence that is really signed and stored, a ledger that is really
 * appended to, both read and judged as the guardian does. Beside them what a gateway remembers of the ledger.
 */
export class System {
  readonly place: { readonly guardianData: string; readonly evidence: string };
  readonly files: ReturnType<typeof guardianFiles>;
  /** Every proof that was signed, by its digest. */
  readonly signed = new Map<Digest, Proof>();
  /** Every posture that was asked for. */
  readonly asked: Point[] = [];
  /** The ledger's bytes as they were acknowledged, and how many lines they had after each append. */
  acknowledged: Buffer;
  /** The head after each entry that was acknowledged; the last is what the gateway heard of. */
  private readonly heads: Digest[];
  private latched = 0;
  private readonly reader: LedgerReader;
  private readonly folder: string;

  /**
   * @param scratch a folder for all histories, on a file system that is quick to sync
   * @param plants decisions that are asked beside the real one; who is caught is taken away
   */
  constructor(
    readonly world: World,
    scratch: string,
    private readonly tally: Tally,
    private readonly parts: Parts,
    private readonly plants: Map<string, Parts['decide']>,
  ) {
    this.folder = mkdtempSync(path.join(scratch, 'history-'));
    this.place = { guardianData: path.join(this.folder, 'guardian'), evidence: path.join(this.folder, 'evidence') };
    this.files = guardianFiles(this.place.guardianData);
    for (const folder of Object.values(this.place)) mkdirSync(folder);
    writeFileSync(this.files.trustRoot, world.root);
    createLedger(this.files.ledger, world.trust.genesis);
    this.acknowledged = readFileSync(this.files.ledger);
    this.reader = new LedgerReader(this.files.ledger);
    this.heads = [world.trust.root.genesis];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }

  /** What all files are: ledger, trust root and time of renewal to the byte, evidence by name. */
  fingerprint(): string {
    const { ledger, trustRoot, renewal } = this.files;
    const contents = [ledger, trustRoot, renewal].map((file) =>
      existsSync(file) ? readFileSync(file, 'latin1') : null,
    );
    return JSON.stringify([contents, readdirSync(this.place.evidence)]);
  }

  /** Puts ledger and trust root back as they were before anybody altered them. */
  repair(): void {
    writeFileSync(this.files.ledger, this.acknowledged);
    writeFileSync(this.files.trustRoot, this.world.root);
  }

  /** Signs and stores a proof. @returns its file's name */
  store(proof: Proof): string {
    const digests = new Map([...this.signed].map(([digest, { id }]) => [id, digest]));
    const head = this.heads[(proof.approves?.head ?? 0) - 1] ?? noEntry;
    const signed = signProof(proof, this.world, { head, digestOf: (id) => digests.get(id)! });
    this.signed.set(signed.digest, proof);
    return path.basename(storeEvidence(this.place.evidence, signed));
  }

  /** The ledger as its file is; undefined where it or the trust root cannot be used. Never throws. */
  open(): Chain | undefined {
    try {
      return this.reader.read(this.loadRoot()).chain ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** The trust root, which was parsed before where its file is as it was. @throws EvidenceError */
  private loadRoot(): TrustRoot {
    const { trustRoot } = this.files;
    const isUnaltered = existsSync(trustRoot) && readFileSync(trustRoot, 'utf8') === this.world.root;
    return isUnaltered ? this.world.trust.root : loadTrustRoot(trustRoot);
  }

  /** The ledger, where it also has all that the gateway saw of it: then only does the guardian append. */
  writable(): Chain | undefined {
    const chain = this.open();
    if (!chain) return undefined;
    const sight = { chain, read: { readable: true } } as Parameters<typeof describeLack>[0];
    const seen = { seq: this.heads.length - 1, head: this.heads.at(-1)! };
    return this.parts.describeLack(sight, seen) === undefined ? chain : undefined;
  }

  /** Decides on a posture; what is allowed is recorded. @param now wall time, milliseconds since the epoch */
  ask(point: Point, now: number): Answer {
    this.asked.push(point);
    const to = this.world.postureOf(point);
    const grounds = this.parts.readGrounds(this.place, now);
    const decision = this.parts.decide({ ...grounds, to });
    const chain = this.writable();
    if (decision.verdict !== 'allow' || !chain || this.latched > 0) return { grounds, decision };
    const view = viewLedger(chain, { now, lastRenewal: readRenewal(this.files.renewal) });
    const posture = digestPosture(to);
    if (view.standing?.digest === posture) return { grounds, decision };
    if (to.tradingMode === 'paper') {
      if (chain.unendedGrant) this.end(chain, now);
      return { grounds, decision };
    }
    const previous = grounds.from && digestPosture(grounds.from);
    const isReturn = decision.return ? { isReturn: true as const } : {};
    const body = { kind: 'grant', posture, previous, evidence: decision.consumes, ...isReturn } as const;
    const draft = draftOf(body, chain, grounds.from ? [to, grounds.from] : [to], now);
    this.append(chain, draft, now);
    return { grounds, decision, granted: decision.consumes };
  }

  get decide(): typeof decide {
    return this.parts.decide;
  }

  /** Has each planted decision that was not caught yet asked as well. @param require throws where it is wrong */
  tryPlants(require: (decide: Parts['decide']) => void): void {
    for (const [name, planted] of this.plants) {
      try {
        require(planted);
      } catch {
        this.plants.delete(name);
      }
    }
  }

  halt(): void {
    this.latched += 1;
  }

  /** What the guardian does unasked in every round. */
  settle(now: number): void {
    for (let chain = this.writable(); chain && this.latched > 0; chain = this.writable()) {
      const body = { kind: 'halt', id: `halt-${chain.head.seq}`, reason: 'error rate' } as const;
      this.append(chain, draftOf(body, chain, [], now), now);
      this.latched -= 1;
    }
    const chain = this.writable();
    if (!chain?.unendedGrant) return;
    if (!viewLedger(chain, { now, lastRenewal: readRenewal(this.files.renewal) }).standing) this.end(chain, now);
  }

  renew(now: number): void {
    writeRenewal(this.files.renewal, now);
  }

  /** Closes the open halts, or one that is none, with a key of this role. @throws LedgerError */
  close(now: number, by: Role, unknown: boolean): void {
    const chain = this.writable()!;
    const halts = unknown ? [chain.hashAt(0)] : chain.openHalts.map(({ hash }) => hash);
    const time = Math.max(now, chain.newestTime);
    const entry = signEntry(incidentOf(...halts), chain.head, time, this.world.trust.signers[by]);
    this.acknowledge(appendEntry(this.files.ledger, this.world.trust.root, entry, now));
  }

  private end(chain: Chain, now: number): void {
    const body = { kind: 'end', posture: chain.unendedGrant!.body.digest, reason: 'other_posture' } as const;
    this.append(chain, draftOf(body, chain, [], now), now);
  }

  private append(chain: Chain, draft: Draft, now: number): void {
    const signers: readonly Signer[] = this.world.trust.signers.guardian;
    const options = { expected: chain.head, signers, now };
    this.acknowledge(appendDraft(this.files.ledger, this.loadRoot(), draft, options));
  }

  private acknowledge(entry: Entry): void {
    this.heads.push(hashOf(entry));
    this.acknowledged = readFileSync(this.files.ledger);
  }
}
