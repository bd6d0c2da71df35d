import type { Digest } from '../../posture/digest';
import type { ComparedSide, GuardianView, Note } from '../../posture/explain/compared';
import type { Explanation } from '../../posture/explain/explanation';
import type { Posture } from '../../posture/posture';

/** Where a stack's workloads run, as its config says. */
export type PlatformName = 'process' | 'docker' | 'kubernetes';

/** A halt that is not closed. `haltedAt` in milliseconds since the epoch. */
export interface OpenHalt {
  readonly haltedAt: number;
  readonly reason: string;
}

/** What the engine would do to one resource. */
export interface PreviewedChange {
  readonly name: string;
  readonly operation: string;
}

/** What a policy of a pack said in a preview. */
export interface PackResult {
  readonly policy: string;
  readonly pack: string;
  readonly level: string;
  readonly resource: string;
  readonly message: string;
}

/** A preview of the engine, as `cutover preview --json` tells it; or that there was none, or that it came to nothing. */
export type EnginePreview =
  | { readonly state: 'not_run' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string; readonly details: readonly string[] }
  | {
      readonly state: 'ran';
      readonly refused: boolean;
      readonly changes: readonly PreviewedChange[];
      readonly violations: readonly PackResult[];
      readonly warnings: readonly string[];
      readonly seconds: number;
      /** The digest of the posture that was previewed; null where the document does not say it. */
      readonly posture: Digest | null;
    };

/** Everything that a change record is made from. Nothing else is looked at: no clock, no file. */
export interface ChangeRecordInput {
  readonly explanation: Explanation;
  /** The posture of the base; null where the stack is new, or the base cannot be read. */
  readonly before: Posture | null;
  readonly after: Posture;
  /** `before` is null where the base has none that can be read. */
  readonly platform: { readonly before: PlatformName | null; readonly after: PlatformName };
  readonly compared: { readonly base: ComparedSide | null; readonly head: ComparedSide };
  /** What the guardian would say, where it starts from another posture than the base. */
  readonly guardian: GuardianView | null;
  readonly notes: readonly Note[];
  /** Null where the ledger cannot be read. */
  readonly openHalts: readonly OpenHalt[] | null;
  readonly preview: EnginePreview;
  /** How what runs now differs from the base; null where nobody looked. */
  readonly drift: readonly string[] | null;
  /** The stack's config, as a path in the project. */
  readonly configFile: string;
}
