import type { PolicyPackConfig, ResourceValidationArgs } from '@pulumi/policy';
import type { GroundsPlace } from '../../ledger/grounds';
import { resourceTypes } from '../../platforms/resource-types';
import { refuseLivePosture } from '../../policies/live-promotion/refuse-live-posture';
import type { Posture } from '../../posture/posture';

/**
 * What the pack says against a posture that a run declares; empty when it passes. It reads the wall clock itself.
 * @param previous what the engine's state says was there before
 */
export function askPack(place: GroundsPlace, posture: Posture, previous?: Posture): string[] {
  const said: string[] = [];
  const { validateResource } = refuseLivePosture;
  if (typeof validateResource !== 'function') throw new Error('expected one function that validates');
  const props = { posture, ...(previous ? { previous } : {}), ...place };
  const args = { type: resourceTypes.posture, name: 'posture', props, getConfig: () => ({}) as PolicyPackConfig };
  validateResource(args as unknown as ResourceValidationArgs, (message) => void said.push(message));
  return said;
}
