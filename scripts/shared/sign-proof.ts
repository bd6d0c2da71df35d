import type { Signer } from '../../evidence/keys';
import { signEvidence } from '../../evidence/sign';
import type { Measurements } from '../../evidence/statement';
import { storeEvidence } from '../../evidence/store';
import { version } from '../../package.json';
import type { Digest } from '../../posture/digest';
import { digestPosture } from '../../posture/posture';
import type { EvidenceKind } from '../../posture/proof';
import type { Project } from './project';
import { readMeasureSigner } from './role-keys';
import { stackFiles } from './stack-files';
import type { Target } from './target';
import type { VerbContext } from './verb';

/** What was measured, ready to be signed. */
export interface Measured<K extends EvidenceKind> {
  readonly kind: K;
  readonly passed: boolean;
  readonly measurements: Measurements<K>;
  /** Digest of the posture that was measured. */
  readonly measured: Digest;
  readonly target: Target;
  /** Clock or market seconds a second; 1 is real time. */
  readonly timeScale: number;
  readonly rawData: Digest | null;
}

/** A proof that lies in the stack's evidence folder. */
export interface StoredProof {
  readonly kind: EvidenceKind;
  readonly passed: boolean;
  readonly file: string;
  readonly digest: Digest;
  /** What did not pass, in words. */
  readonly failures: readonly string[];
}

/** Reads the key that signs measurements. @throws EvidenceError `key_missing`, `unknown_key` and others */
export function readMeasureKey(context: Project & Pick<VerbContext, 'measureKey'>): Signer {
  return readMeasureSigner(stackFiles(context), context.measureKey);
}

/** Signs what was measured, passed or failed, and stores it. @param now milliseconds since the epoch */
export function signProof<K extends EvidenceKind>(
  project: Project,
  { kind, passed, measurements, measured, target, timeScale, rawData }: Measured<K>,
  signer: Signer | readonly Signer[],
  now: number,
): StoredProof {
  const signed = signEvidence(
    {
      kind,
      measured,
      target: digestPosture(target.posture),
      predicate: {
        stack: target.posture.stack,
        account: target.posture.account,
        measuredAt: new Date(now).toISOString(),
        feed: target.config.market.feed,
        timeScale,
        tool: { name: 'cutover', version },
        rawData,
        passed,
        measurements,
      },
    },
    [signer].flat(),
  );
  const file = storeEvidence(stackFiles(project).evidence, signed);
  return { kind, passed, file, digest: signed.digest, failures: failuresIn(measurements) };
}

/** What did not pass of whatever was measured. */
function failuresIn(measurements: object): string[] {
  const { checks = [], steps = [], breaches = [], verdict = 'promote' } = measurements as Parts;
  const failed = [...checks, ...steps].filter(({ passed }) => !passed);
  return [
    ...failed.map(({ name, detail }) => (detail ? `${name}: ${detail}` : name)),
    ...breaches,
    ...(verdict === 'promote' ? [] : [`verdict: ${verdict}`]),
  ];
}

type Parts = Partial<
  Measurements<'preflight'> &
    Measurements<'watch'> &
    Pick<Measurements<'drill'>, 'steps'> &
    Pick<Measurements<'canary'>, 'verdict'>
>;
