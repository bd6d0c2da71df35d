import { existsSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import { runTool } from '../run-tool';

/** What glibc loads by itself, unasked by any program's header, when a name is looked up. */
const nameServiceLibraries = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/**
 * The files that `ldd` names, at the paths under which the loader looks for them.
 * @throws CutoverError `image_library_missing` (exit code 5) naming each library that was not found
 */
export function parseLdd(output: string): string[] {
  const missing = [...output.matchAll(/^\s*(\S+) => not found/gm)].map((found) => found[1]!);
  if (missing.length > 0) {
    throw new CutoverError(
      'image_library_missing',
      `Node.js needs libraries that are not here: ${missing.join(', ')}`,
      {
        exitCode: exitCodes.missing,
        details: ['install them with the packages of the system, such as libstdc++6, or use the Dockerfile'],
      },
    );
  }
  // `name => /path (0x..)`, and the loader itself as `/path (0x..)`; the kernel's own linux-vdso has no file.
  const files = [...output.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map((found) => found[1]!);
  return [...new Set(files)].sort();
}

/**
 * Every shared library that a program needs on this machine, with those for looking up names.
 * @throws CutoverError `image_unsupported` (exit code 5) where there is no `ldd` or it knows no such program
 */
export async function sharedLibraries(program: string): Promise<string[]> {
  const { ok, stdout, failure } = await runTool('ldd', [program], {
    env: { ...process.env, LC_ALL: 'C' },
    timeoutSeconds: 20,
  });
  if (!ok) throw unsupported(`ldd cannot tell what ${program} needs: ${failure || stdout.trim()}`);
  const files = parseLdd(stdout);
  const libc = files.find((file) => path.basename(file) === 'libc.so.6');
  const beside = libc ? nameServiceLibraries.map((name) => path.join(path.dirname(libc), name)) : [];
  return [...new Set([...files, ...beside.filter((file) => existsSync(file))])].sort();
}

/** An image holds programs for Linux; elsewhere a Linux must build it. */
export function unsupported(reason: string): CutoverError {
  return new CutoverError('image_unsupported', `an image cannot be made of this machine's Node.js: ${reason}`, {
    exitCode: exitCodes.missing,
    details: [
      'With BuildKit the Dockerfile makes one of the same layout: docker build --target archive --output images .',
      'Or run cutover image build on a Linux with glibc or musl and its ldd, such as a CI runner.',
    ],
  });
}
