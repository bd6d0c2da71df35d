import { type ContainerInputs, declaredConfinement } from '../../platforms/docker/container-inputs';
import { labelNames } from '../../platforms/docker/names';
import type { RealWorkload } from '../../posture/read-posture';
import { inputsToJudge, notKnown } from '../read-inputs';
import { isPodType, readDeclaredPod } from './declared-pod';

const processType = 'cutover:index:Process';
const containerType = 'docker:index/container:Container';

/**
 * A workload out of the real inputs of a resource: a process, or a container or pod that carries a stack's labels or asks
 * for a trading mode. Undefined for every other resource, which is none of this pack's business.
 */
export function readDeclaredWorkload(
  type: string,
  props: Record<string, unknown>,
): (RealWorkload & { workload: string }) | undefined {
  if (type !== processType && type !== containerType && !isPodType(type)) return undefined;
  const plain = inputsToJudge(props) as Record<string, unknown>;
  if (type === processType) return { ...plain, environment: environmentOf(plain) } as never;
  if (type !== containerType) return readDeclaredPod(plain);
  const inputs = plain as unknown as ContainerInputs;
  const environment = Object.fromEntries(
    (inputs.envs ?? []).map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
  const workload = inputs.labels?.find(({ label }) => label === labelNames.workload)?.value ?? inputs.name;
  if (environment.CUTOVER_WORKLOAD === undefined && environment.TRADING_MODE === undefined) return undefined;
  return {
    workload,
    environment,
    command: inputs.command ?? [],
    source: inputs.image.slice(Math.max(0, inputs.image.indexOf('sha256:'))) as `sha256:${string}`,
    confinement: declaredConfinement({
      ...inputs,
      mounts: inputs.mounts ?? [],
      networksAdvanced: inputs.networksAdvanced ?? [],
      securityOpts: inputs.securityOpts ?? [],
      capabilities: inputs.capabilities ?? { drops: [] },
    }),
  };
}

/** A whole environment that is not known is no paper. */
const environmentOf = ({ environment = {} }: Record<string, unknown>): unknown =>
  environment === notKnown ? { TRADING_MODE: notKnown } : environment;
