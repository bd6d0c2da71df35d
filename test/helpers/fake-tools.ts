import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Writes an executable shell script. @returns its path */
export function script(folder: string, name: string, body: string): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Writes a `pulumi` that only says its version. */
export function fakePulumi(folder: string, version: string): string {
  return script(folder, 'pulumi', `echo ${version}`);
}

/** Writes a `go` whose `build` runs `build`, shell commands with the output file as `$out`, and logs each build. */
export function fakeGo(folder: string, log: string, build: string, version = 'go1.26.8'): string {
  return script(
    folder,
    'go',
    `if [ "$1" = env ]; then echo ${version}; exit; fi
echo build >> '${log}'
while [ "$1" != -o ]; do shift; done
out=$2
${build}`,
  );
}

/** The build of a `fakeGo` that makes a `fakePulumi` of this version. */
export function buildOf(version: string): string {
  return `printf '#!/bin/sh\\necho ${version}\\n' > "$out" && /bin/chmod 755 "$out"`;
}
