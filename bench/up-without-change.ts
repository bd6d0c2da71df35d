import { compare } from './measure';
import type { BenchStack } from './stack';

/** `cutover up` with nothing to change (packs, refresh, checks before and after) against a bare `pulumi up`. */
export function benchUp(stack: BenchStack, count: number) {
  return compare(
    'up-without-change',
    null,
    count,
    () => stack.cutover('up'),
    () => stack.pulumi('up', '--stack', 'main', '--non-interactive', '--yes', '--skip-preview'),
  );
}
