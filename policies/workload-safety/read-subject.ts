import type { ResourceValidationArgs } from '@pulumi/policy';
import { isPodType } from '../live-promotion/declared-pod';
import { inputsToJudge, type Plain } from '../read-inputs';
import { containerType, readContainer } from './read-container';
import { readPods } from './read-pod';
import { processType, readProcess } from './read-process';
import type { Subject, Unit } from './unit';

/** What a policy of this pack needs of the engine's call. */
export type PolicyArgs = Pick<ResourceValidationArgs, 'type' | 'name' | 'urn' | 'props'> & {
  readonly opts?: Partial<ResourceValidationArgs['opts']>;
};

/** Types that this pack has something to say about; everything else is not even copied. */
const isJudged = (type: string): boolean => /^(cutover|docker|kubernetes):/.test(type);

/**
 * A resource as the checks look at it; undefined where it is none of this pack's business.
 * @throws what reading a value threw that is not known yet, in a preview
 */
export function readSubject(args: PolicyArgs): Subject | undefined {
  const { type, urn, name, opts } = args;
  if (!isJudged(type)) return undefined;
  const props = inputsToJudge(args.props);
  return {
    type,
    urn,
    name,
    props,
    units: readUnits(type, name, props),
    ...(opts?.ignoreChanges ? { ignoredChanges: opts.ignoreChanges } : {}),
    ...(opts?.protect === undefined ? {} : { isProtected: opts.protect }),
  };
}

/** The processes and containers that a resource declares. */
export function readUnits(type: string, name: string, props: Plain): Unit[] {
  if (type === processType) return [readProcess(name, props)];
  if (type === containerType) return [readContainer(name, props)];
  return isPodType(type) ? readPods(name, props) : [];
}
