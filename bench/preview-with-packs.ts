import { compare } from './measure';
import type { BenchStack } from './stack';

/** A preview with the packs against a bare preview of the same program. */
export function benchPreview(stack: BenchStack, count: number) {
  const args = ['preview', '--stack', 'main', '--non-interactive'];
  return compare(
    'preview-with-packs',
    1.15,
    count,
    () => stack.pulumi(...args, ...stack.packs),
    () => stack.pulumi(...args),
  );
}
