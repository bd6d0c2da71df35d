import type { Writable } from 'node:stream';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { WorkloadName } from '../../posture/posture';
import { changeInside, fetchMs, type InsidePlace, keepInside, sendInside } from '../inside';
import type { DataChange } from '../platform';
import type { Cluster } from './client';
import { archiveCommand, isShipped, sendForeign } from './foreign-pod';
import type { Manifest } from './inside/manifest';
import { imagePaths } from './names';
import { mainStatus, type Pod } from './pods';
import { type InsideOptions, type InsideResult, runInside } from './run-inside';

/** Why a workload's data cannot be reached, and what to do. */
export function unreachable(workload: WorkloadName, why: string): CutoverError {
  return new CutoverError('data_unreachable', `the data of ${workload} is in its pod, which cannot be asked: ${why}`, {
    exitCode: exitCodes.missing,
    details: ['cutover up starts what does not run; cutover status says what is wrong'],
  });
}

/** A workload's own pod, which runs, or its reader, and programs of ours that are run in it. */
export class PodFiles {
  private readonly inside: InsidePlace;

  constructor(
    private readonly cluster: Cluster,
    private readonly workload: WorkloadName,
    private readonly pod: Pod,
    /** Whether its image holds programs of ours. */
    private readonly isOurs = isShipped(pod),
  ) {
    this.inside = {
      run: (entry, args, options) => this.exec([imagePaths.node, `${imagePaths.code}/${entry}.js`, ...args], options),
      unreachable: (why) => unreachable(workload, why),
    };
  }

  /** Writes what is new in a folder of the pod to an archive. @throws CutoverError `data_unreachable` */
  async send(folder: string, known: Manifest, archive: Writable): Promise<void> {
    if (!this.isOurs) return sendForeign((whole) => this.bring(folder, whole), known, archive);
    return sendInside(this.inside, folder, known, archive);
  }

  /**
   * Writes files of this machine into the workload's data. Private keys are then there alone.
   * @param home the folder here that the files are below
   * @throws CutoverError `data_unreachable`, `handover_refused` (exit code 3) where others are there already
   */
  keep(home: string, files: readonly string[]): Promise<void> {
    return keepInside(this.inside, this.workload, home, files);
  }

  /** Makes a change to the workload's data. @throws CutoverError with the change's own code, or `data_unreachable` */
  change<Input, Output>(change: DataChange<Input, Output>, input: Input): Promise<Output> {
    return changeInside(this.inside, change, input);
  }

  /** Has an image that is not ours write a folder as an archive. @throws CutoverError `data_unreachable` */
  private async bring(folder: string, archive: Writable): Promise<void> {
    const { exitCode, stderr } = await this.exec(archiveCommand(folder), { timeoutMs: fetchMs, stdout: archive });
    // A file that changed while it was read is no failure: the next fetch has it.
    if (exitCode === 0 || exitCode === 1) return;
    throw unreachable(this.workload, `${stderr.trim()}; the image of a program of your own has to hold tar`);
  }

  private async exec(command: readonly string[], options: InsideOptions): Promise<InsideResult> {
    const { workload, pod } = this;
    const { namespace, name } = pod.metadata;
    try {
      return await runInside(this.cluster, { namespace, pod: name, container: workload }, command, options);
    } catch (error) {
      throw unreachable(workload, messageOf(error));
    }
  }
}

/** Whether programs can be run in a pod. Pure. */
export const canRun = (pod: Pod, workload: string): boolean =>
  pod.metadata.deletionTimestamp === undefined && mainStatus(pod, workload)?.state?.running !== undefined;
