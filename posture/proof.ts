import type { Digest } from './digest';
import type { Posture } from './posture';

/** The kinds of evidence, and the role that must sign each. */
export const signerOf = {
  preflight: 'measure',
  snapshot: 'measure',
  canary: 'measure',
  watch: 'measure',
  soak: 'measure',
  drill: 'measure',
  approval: 'approver',
} as const;
export type EvidenceKind = keyof typeof signerOf;
export type Role = 'guardian' | 'measure' | 'approver';

/**
 * One evidence whose envelope was verified: its signature counts, its form is known. Whether it proves anything for a
 * transition is for `decide` to say. Times are milliseconds since the epoch.
 */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** Digest of the signed payload: the name by which the ledger remembers that it was consumed. */
  readonly digest: Digest;
  /** File or other name to show. */
  readonly name: string;
  /** Ids of the trust root's keys that signed it, of whatever role, each once. */
  readonly keyIds: readonly string[];
  readonly stack: string;
  readonly account: { readonly venue: string; readonly id: string };
  /** Digest of the posture that was measured; for an approval, of the posture it starts from. */
  readonly measured: Digest;
  /** Digest of the posture that it is for. */
  readonly target: Digest;
  readonly passed: boolean;
  readonly measuredAt: number;
  readonly feed: 'embedded' | 'recorded' | 'venue';
  /** Market or clock seconds a second; 1 is real time. */
  readonly timeScale: number;
  /** Only for `canary`: the end of the model's training window, and the start of the data measured. */
  readonly dataFrom?: number;
  readonly trainedUntil?: number;
  /** Only for `canary`: how much worse than its baseline still passed, fraction of a trade's size. */
  readonly margin?: number;
  /** Only for `watch` and `soak`: how long it sampled, seconds of the measured system's clock. */
  readonly sampledSeconds?: number;
  /** Only for `watch` and `soak`: closed trades that were found, whose record says so, and what was declared to be wanted. */
  readonly closes?: {
    readonly source: string;
    readonly count: number;
    readonly expectedSource: string;
    readonly minimum: number;
  };
  /** Only for `drill`: the account that was drilled on, and the genesis of its ledger. */
  readonly drillAccount?: string;
  /** Only for `approval`: what exactly is approved. */
  readonly approves?: {
    readonly transition: Digest;
    readonly ledgerHead: Digest;
    readonly evidence: readonly Digest[];
    readonly expiresAt: number;
  };
}

/** An evidence file that does not count at all, and why. */
export interface RejectedEvidence {
  readonly name: string;
  /** Stable, such as `bad_signature`, `unknown_key`, `wrong_role`, `malformed`, `too_large`. */
  readonly code: string;
  readonly reason: string;
}

/** What was granted, and when: milliseconds since the epoch. */
export interface Granted {
  readonly posture: Posture;
  readonly digest: Digest;
  readonly grantedAt: number;
}

/** The grant that stands. */
export interface StandingGrant extends Granted {
  /** The grant that stood when it was made and that it replaced. Absent where it was reached from paper. */
  readonly predecessor?: Granted;
  /** Whether it was made as a return. */
  readonly isReturn?: boolean;
}

/** What the ledger says, as far as a decision needs it; or why it cannot be read. */
export type LedgerView =
  | {
      readonly readable: true;
      readonly genesis: Digest;
      readonly head: Digest;
      readonly seq: number;
      /** Newest time in the ledger, milliseconds since the epoch. */
      readonly newestTime: number;
      /** The grant that stands, if any: no halt, other observed posture or hour without renewal since. */
      readonly standing: StandingGrant | null;
      /** The transitions that grants were made of as returns: none is made again. */
      readonly returned?: ReadonlySet<Digest>;
      /** The halts that are not closed. */
      readonly openHalts: readonly { readonly haltedAt: number; readonly reason: string }[];
      /** Digests of the evidence that a grant has consumed. */
      readonly consumed: ReadonlySet<Digest>;
      /** A drill's own ledger: waives the drill, and bars credentials. */
      readonly drill: boolean;
    }
  | { readonly readable: false; readonly reason: string };

/** Who may sign what, and what no promotion may exceed. Pinned at `keys init`. */
export interface TrustRoot {
  readonly version: number;
  readonly stack: string;
  readonly account: { readonly venue: string; readonly id: string };
  readonly genesis: Digest;
  readonly roles: Readonly<
    Record<Role, { readonly keys: Readonly<Record<string, string>>; readonly threshold: number }>
  >;
  /** The most that a posture reached from paper may ask for. USD and fractions. */
  readonly caps: {
    readonly maxOrderUsd: number;
    readonly maxPositionUsd: number;
    readonly maxDrawdown: number;
    readonly maxOrdersPerMinute: number;
  };
  /** How long each kind of evidence is fresh, seconds. */
  readonly freshSeconds: Readonly<Record<EvidenceKind, number>>;
  /** How long `watch` and `soak` must have sampled, seconds. */
  readonly sampleSeconds: { readonly watch: number; readonly soak: number };
  /** A canary is promoted when it is no worse than this against its baseline, fraction of a trade's size. */
  readonly canaryMargin: number;
  /** How long after a grant a return from it is possible, seconds; absent: 24 h, which is also the most. */
  readonly rollbackWindowSeconds?: number;
}
