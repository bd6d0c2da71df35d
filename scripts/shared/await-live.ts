import { CutoverError, exitCodes } from '../../errors';
import { createOperations } from '../../platforms/operations';
import { askHealth } from '../../platforms/process/health';
import { digestPosture, type Posture } from '../../posture/posture';
import { pause } from './interrupt';
import type { Project } from './project';

/** How long guardian and gateway may take, seconds. */
const patienceSeconds = 60;

/**
 * Waits until the guardian has granted a live posture and the gateway holds a permit for it.
 * @throws CutoverError `not_granted` (exit code 3) with the guardian's reasons, `no_permit` (4), `interrupted` (4)
 */
export async function awaitLive(project: Project, posture: Posture, signal?: AbortSignal): Promise<void> {
  const digest = digestPosture(posture);
  const operations = createOperations(project);
  const ask = async (workload: 'guardian' | 'gateway') => {
    const address = await operations.addressOf(workload);
    return address ? (await askHealth(address))?.body : undefined;
  };
  let reasons: string[] = ['the guardian does not answer'];
  let granted = false;
  for (const deadline = Date.now() + patienceSeconds * 1000; Date.now() < deadline; await pause(250, signal)) {
    const grant = (await ask('guardian'))?.grant as
      | { state?: string; posture?: string; reasons?: string[] }
      | undefined;
    granted = grant?.state === 'granted' && grant.posture === digest;
    reasons = grant ? [`the guardian says: ${grant.state ?? 'nothing'}`, ...(grant.reasons ?? [])] : reasons;
    if (!granted) continue;
    const permit = (await ask('gateway'))?.permit as { state?: string; posture?: string } | undefined;
    if (permit?.state === 'held' && permit.posture === digest) return;
    reasons = [`the gateway's permit is ${permit?.state ?? 'not known'}`, ...(grant?.reasons ?? [])];
  }
  throw new CutoverError(
    granted ? 'no_permit' : 'not_granted',
    granted
      ? `granted, but the gateway has no permit after ${patienceSeconds} s`
      : `the guardian has not granted this posture within ${patienceSeconds} s`,
    { exitCode: granted ? exitCodes.checkFailed : exitCodes.refused, details: reasons },
  );
}
