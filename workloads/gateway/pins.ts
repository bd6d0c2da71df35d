import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bindToRoot } from '../../evidence/bound-to-root';
import { EvidenceError } from '../../evidence/errors';
import {
  digestTrustRoot,
  loadTrustRoot,
  naming,
  verifyNextTrustRoot,
  verifyTrustRoot,
} from '../../evidence/trust-root';
import type { TrustRoot } from '../../posture/proof';
import { ed25519Verifier } from '../../protocol/ed25519';
import type { Pins, Verifier } from '../../protocol/messages';
import { writeDurably } from './durable-file';

/** Whom this gateway trusts, and for which account, stack and ledger. */
export interface Pinned {
  readonly pins: Pins;
  readonly verifier: Verifier;
}

/**
 * The trust root of this gateway: the one that `keys init` pinned in its folder, and those that followed it step by step.
 * Each is a file of its own, so that the way from the pinned one can be gone again at every start.
 */
export class GatewayTrust implements Pinned {
  readonly pins: Pins;
  /** Goes by the trust root that is in force at that moment. */
  readonly verifier: Verifier;
  private verifies: Verifier;

  private constructor(
    private readonly folder: string,
    private root: TrustRoot,
  ) {
    const { stack, account, genesis } = root;
    this.pins = { stack, account, genesis };
    this.verifies = verifierOf(root);
    this.verifier = {
      guardian: (bytes, signature) => this.verifies.guardian(bytes, signature),
      approver: (bytes, signature) => this.verifies.approver(bytes, signature),
      instance: (key, bytes, signature) => this.verifies.instance(key, bytes, signature),
    };
  }

  /**
   * @returns null when nothing was pinned: then no permit can ever be accepted
   * @throws Error when it does not verify, is for another stack or account, or one that followed is not chained to it
   */
  static open(dataDir: string, own: { stack: string; venue: { name: string; account: string } }): GatewayTrust | null {
    const file = path.join(dataDir, 'trust-root.json');
    let root: TrustRoot;
    try {
      root = loadTrustRoot(file);
    } catch (error) {
      if ((error as EvidenceError).code === 'trust_root_missing' && isAbsent(error as EvidenceError)) return null;
      throw error;
    }
    if (root.version !== 1) {
      throw new EvidenceError('trust_root_not_pinned', `${file}: expected version 1, found version ${root.version}`);
    }
    const wrong = [
      mismatch('stack', own.stack, root.stack),
      mismatch('venue', own.venue.name, root.account.venue),
      mismatch('account', own.venue.account, root.account.id),
    ].filter((text) => text !== null);
    if (wrong.length > 0) throw new Error(`the pinned trust root is another's: ${wrong.join('; ')}`);
    const trust = new GatewayTrust(path.join(dataDir, 'trust-roots'), root);
    trust.loadLater();
    return trust;
  }

  /** What `/health` shows of it. */
  get view(): { readonly version: number; readonly digest: string } {
    return { version: this.root.version, digest: digestTrustRoot(this.root) };
  }

  /**
   * Takes up the trust root that follows, once it is on disk. One that is in force, or was before, changes nothing.
   * @returns whether it was taken up
   * @throws EvidenceError `trust_root_not_next`, `threshold` and others: the one in force stays; the file system's error
   */
  takeUp(envelope: string): boolean {
    const bytes = Buffer.from(envelope);
    const offered = verifyTrustRoot(bytes);
    if (offered.version <= this.root.version && this.has(offered)) return false;
    const next = verifyNextTrustRoot(bytes, this.root);
    mkdirSync(this.folder, { recursive: true });
    writeDurably(this.fileOf(next.version), envelope);
    this.use(next);
    return true;
  }

  private has(offered: TrustRoot): boolean {
    const file = offered.version === 1 ? path.join(this.folder, '..', 'trust-root.json') : this.fileOf(offered.version);
    return digestTrustRoot(loadTrustRoot(file)) === digestTrustRoot(offered);
  }

  private loadLater(): void {
    for (;;) {
      const file = this.fileOf(this.root.version + 1);
      let bytes: Buffer;
      try {
        bytes = readFileSync(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        throw error;
      }
      this.use(naming(file, () => verifyNextTrustRoot(bytes, this.root)));
    }
  }

  private use(root: TrustRoot): void {
    this.root = root;
    this.verifies = verifierOf(root);
  }

  private readonly fileOf = (version: number) => path.join(this.folder, `${version}.json`);
}

function verifierOf(root: TrustRoot): Verifier {
  const { guardian, approver } = root.roles;
  const by = ed25519Verifier(
    { guardian: Object.values(guardian.keys), approver: Object.values(approver.keys) },
    approver.threshold,
  );
  return { ...by, guardian: (bytes, signature) => by.guardian(bindToRoot(root, bytes), signature) };
}

const isAbsent = ({ cause }: EvidenceError) => (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';

function mismatch(what: string, expected: string, received: string): string | null {
  return expected === received ? null : `${what}: expected ${expected}, received ${received}`;
}
