import { z } from 'zod';
import { CutoverError, exitCodes } from '../../errors';
import type { EnginePreview } from './input';

const text = z.string();
const ran = z.object({
  stack: text,
  refused: z.boolean(),
  changes: z.array(z.object({ name: text, operation: text })),
  violations: z.array(z.object({ policy: text, pack: text, level: text, resource: text, message: text })),
  warnings: z.array(text),
  seconds: z.number(),
  posture: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
});
const failed = z.object({ error: z.object({ code: text, message: text, details: z.array(text) }) });

/**
 * Reads what `cutover preview --json` has written.
 * @param where the option that named it, for the error
 * @throws CutoverError `invalid_preview` (exit code 2) where it is something else, or of another stack
 */
export function readPreview(document: string, stack: string, where: string): EnginePreview {
  const broken = (received: string) =>
    new CutoverError(
      'invalid_preview',
      `${where}: expected the output of cutover preview --json, received ${received}`,
      {
        exitCode: exitCodes.usage,
      },
    );
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch {
    throw broken('what is no JSON');
  }
  const error = failed.safeParse(value);
  if (error.success) return { state: 'failed', ...error.data.error };
  const found = ran.safeParse(value);
  if (!found.success) {
    const [issue] = found.error.issues;
    throw broken(`a document with ${issue?.path.join('.') || 'another form'}: ${issue?.message ?? ''}`);
  }
  const { stack: previewed, posture, ...preview } = found.data;
  if (previewed !== stack) throw broken(`one of stack ${JSON.stringify(previewed)}, expected ${stack}`);
  return { state: 'ran', ...preview, posture: (posture as `sha256:${string}` | undefined) ?? null };
}
