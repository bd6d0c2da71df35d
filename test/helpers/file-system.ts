import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Functions = Partial<
  Record<'fsyncSync' | 'ftruncateSync' | 'linkSync' | 'openSync' | 'writeFileSync' | 'writeSync', unknown>
>;

/**
 * Runs something while functions of the file system are others: faults of a disk that cannot be had for real, and
 * witnesses of what is called. The real ones are back afterwards.
 */
export function withFileSystem<T>(replaced: Functions, run: () => T): T {
  const real = Object.fromEntries(Object.keys(replaced).map((name) => [name, fs[name as keyof Functions]]));
  const put = (functions: Functions) => {
    Object.assign(fs, functions);
    syncBuiltinESMExports();
  };
  put(replaced);
  try {
    return run();
  } finally {
    put(real);
  }
}

/** What was synced to the disk while something ran: the paths of the handles, in order. */
export function syncedBy(run: () => void): string[] {
  const { fsyncSync } = fs;
  const synced: string[] = [];
  withFileSystem(
    {
      fsyncSync: (handle: number) => {
        synced.push(fs.readlinkSync(`/proc/self/fd/${handle}`));
        fsyncSync(handle);
      },
    },
    run,
  );
  return synced;
}

/** An error as the file system throws it. */
export const fault = (code: string) => Object.assign(new Error(code), { code });
