import { readFileSync } from 'node:fs';
import { writeAtomically } from '../../platforms/process/atomic-file';

/** When a permit for the standing grant was issued last: wall time, milliseconds; null where nobody knows. */
export function readRenewal(file: string): number | null {
  try {
    const { renewedAt } = JSON.parse(readFileSync(file, 'utf8'));
    return Number.isFinite(renewedAt) ? renewedAt : null;
  } catch {
    return null; // never renewed, or torn: the grant's own time counts
  }
}

/** @throws the file system's error */
export function writeRenewal(file: string, renewedAt: number): void {
  writeAtomically(file, `${JSON.stringify({ renewedAt })}\n`, 0o600);
}
