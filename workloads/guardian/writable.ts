import { closeSync, openSync } from 'node:fs';
import { messageOf } from '../../errors';
import { writeAtomically } from '../../platforms/process/atomic-file';
import type { GuardianFiles } from './files';

/**
 * Whether the guardian could append now: the ledger opens for writing, and its disk takes and syncs a file. Nothing of
 * the ledger is touched.
 * @returns what is wrong; undefined when nothing is
 */
export function checkWritable(files: GuardianFiles): string | undefined {
  try {
    closeSync(openSync(files.ledger, 'r+'));
    writeAtomically(files.probe, 'Written in every round: a guardian that cannot write issues no permit.\n', 0o600);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
