import { readFileSync } from 'node:fs';
import { z } from 'zod';

const postureShape = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });

/** The digest of the posture that was declared last, read afresh; null when the file is absent or not readable as one. */
export function readPosture(file: string): { digest: string } | null {
  try {
    return postureShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
