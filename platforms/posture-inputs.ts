import type { Posture } from '../posture/posture';

/** Inputs of the `cutover:Posture` resource, the same on every platform. */
export interface PostureInputs {
  readonly home: string;
  readonly stack: string;
  readonly digest: string;
  readonly posture: Posture;
  /** Where a policy finds ledger and evidence. */
  readonly guardianData: string;
  readonly evidence: string;
}
