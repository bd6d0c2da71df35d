import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { WorkloadName } from '../../posture/posture';
import type { DataChange } from '../platform';
import type { Cluster } from './client';
import { archiveCommand, isShipped, sendForeign } from './foreign-pod';
import type { HandedFiles } from './inside/keep-files';
import type { Manifest } from './inside/manifest';
import { imagePaths } from './names';
import { mainStatus, type Pod } from './pods';
import { type InsideOptions, type InsideResult, runInside } from './run-inside';

/** How long a fetch of a folder may take, and a change, milliseconds. */
const fetchMs = 300_000;
const changeMs = 20_000;

/** Why a workload's data cannot be reached, and what to do. */
export function unreachable(workload: WorkloadName, why: string): CutoverError {
  return new CutoverError('data_unreachable', `the data of ${workload} is in its pod, which cannot be asked: ${why}`, {
    exitCode: exitCodes.missing,
    details: ['cutover up starts what does not run; cutover status says what is wrong'],
  });
}

/** A workload's own pod, which runs, or its reader, and programs of ours that are run in it. */
export class PodFiles {
  constructor(
    private readonly cluster: Cluster,
    private readonly workload: WorkloadName,
    private readonly pod: Pod,
    /** Whether its image holds programs of ours. */
    private readonly isOurs = isShipped(pod),
  ) {}

  /** Writes what is new in a folder of the pod to an archive. @throws CutoverError `data_unreachable` */
  async send(folder: string, known: Manifest, archive: Writable): Promise<void> {
    if (!this.isOurs) return sendForeign((whole) => this.bring(folder, whole), known, archive);
    const asked = { timeoutMs: fetchMs, stdout: archive };
    const sender = 'platforms/kubernetes/inside/send-main';
    const { exitCode, stderr } = await this.run(sender, [folder], JSON.stringify(known), asked);
    if (exitCode !== 0) throw unreachable(this.workload, stderr.trim() || `exit code ${exitCode}`);
  }

  /**
   * Writes files of this machine into the workload's data. Private keys are then there alone.
   * @param home the folder here that the files are below
   * @throws CutoverError `data_unreachable`, `handover_refused` (exit code 3) where others are there already
   */
  async keep(home: string, files: readonly string[]): Promise<void> {
    const handed: HandedFiles = files.filter(existsSync).map((file) => ({
      name: path.relative(home, file),
      content: readFileSync(file).toString('base64'),
      mode: statSync(file).mode & 0o777,
    }));
    const { exitCode, stderr } = await this.run('platforms/kubernetes/inside/keep-main', [], JSON.stringify(handed));
    if (exitCode !== 0) {
      throw new CutoverError('handover_refused', `${this.workload} was not given its files: ${stderr.trim()}`, {
        exitCode: exitCodes.refused,
      });
    }
    for (const file of files.filter((one) => one.endsWith('.key'))) rmSync(file, { force: true });
  }

  /** Makes a change to the workload's data. @throws CutoverError with the change's own code, or `data_unreachable` */
  async change<Input, Output>({ entry, name }: DataChange<Input, Output>, input: Input): Promise<Output> {
    const { exitCode, stdout, stderr } = await this.run(entry, [name], JSON.stringify(input));
    if (exitCode !== 0) throw unreachable(this.workload, stderr.trim() || `exit code ${exitCode}`);
    const { output, error } = JSON.parse(stdout.toString()) as {
      output?: Output;
      error?: { code: string; message: string; details: string[] };
    };
    if (!error) return output as Output;
    throw new CutoverError(error.code, error.message, { exitCode: exitCodes.unexpected, details: error.details });
  }

  /** Has an image that is not ours write a folder as an archive. @throws CutoverError `data_unreachable` */
  private async bring(folder: string, archive: Writable): Promise<void> {
    const { exitCode, stderr } = await this.exec(archiveCommand(folder), { timeoutMs: fetchMs, stdout: archive });
    // A file that changed while it was read is no failure: the next fetch has it.
    if (exitCode === 0 || exitCode === 1) return;
    throw unreachable(this.workload, `${stderr.trim()}; the image of a program of your own has to hold tar`);
  }

  /** Runs a shipped program in the pod. @param text what it reads @throws CutoverError `data_unreachable` */
  private async run(
    entry: string,
    args: readonly string[],
    text: string,
    asked: { readonly timeoutMs: number; readonly stdout?: Writable } = { timeoutMs: changeMs },
  ): Promise<InsideResult> {
    const input = Buffer.from(text);
    const command = [imagePaths.node, `${imagePaths.code}/${entry}.js`, ...args, String(input.length)];
    return this.exec(command, { input, ...asked });
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
