import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { pack } from 'tar-stream';

/**
 * Makes the smallest image that runs this Node.js, without any registry: the binary and the libraries it is linked with.
 * It is `/node`, and the image has no environment, command or user of its own.
 * @param tag `repository:tag` to give it
 * @returns the image's id
 */
export async function makeNodeImage(docker: Dockerode, tag: string): Promise<string> {
  const archive = pack();
  const node = process.execPath;
  archive.entry({ name: 'node', mode: 0o755 }, readFileSync(node));
  for (const library of librariesOf(node)) {
    archive.entry({ name: library.slice(1), mode: 0o755 }, readFileSync(realpathSync(library)));
  }
  archive.entry({ name: 'tmp', type: 'directory', mode: 0o1777 });
  archive.finalize();
  const [repo, version] = tag.split(':');
  const answer: NodeJS.ReadableStream = await docker.importImage(Readable.from(archive), { repo, tag: version });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(answer, (error) => (error ? reject(error) : resolve())),
  );
  return (await docker.getImage(tag).inspect()).Id;
}

/** The shared libraries, at the paths under which the loader looks for them, the loader itself included. */
function librariesOf(file: string): string[] {
  const listed = execFileSync('ldd', [file], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => path.normalize(match[1]!));
}
