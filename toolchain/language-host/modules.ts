import { createRequire } from 'node:module';
import path from 'node:path';

/** The modules of `@pulumi/pulumi` that boot a program, a policy pack and a provider. */
export type BootModule = 'run' | 'run-policy-pack' | 'run-plugin';

/**
 * Finds `@pulumi/pulumi/cmd/<name>` as the program in `folder` would: from there upward. A folder without installed
 * packages (a pack or provider that is shipped compiled) gets the copy this host itself uses.
 * @throws Error naming the folder when there is no copy at all
 */
export function resolveBootModule(name: BootModule, folder: string): string {
  const request = `@pulumi/pulumi/cmd/${name}`;
  for (const from of [path.join(folder, 'package.json'), __filename]) {
    try {
      return createRequire(from).resolve(request);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  // The engine knows this sentence and tells the user to install the dependencies.
  throw new Error(`Cannot find module '${request}' from ${folder} upward`);
}
