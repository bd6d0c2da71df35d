import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type Docker from 'dockerode';
import { extract, pack } from 'tar-stream';
import { CutoverError, exitCodes } from '../../errors';
import { type Digest, digestBytes } from '../../posture/digest';
import { withoutTimeout } from '../../toolchain/image';
import { type Carrier, runCarrier, withHolder } from './carrier';
import type { MirroredFile } from './mirrored-files';
import { shippedCommand } from './names';
import type { Owner } from './owner';

/** Where the host's folder is in a container of ours. */
export const there = '/there';

/** How long it may take to set files aside, milliseconds. */
const asideMs = 60_000;

/** What a stack's folder on another host is to hold beside what the stack itself writes. */
export interface Mirror {
  readonly stack: string;
  readonly image: Digest;
  readonly owner: Owner;
  /** The folder on that host. */
  readonly root: string;
  readonly files: readonly MirroredFile[];
  /** Folders that the stack's workloads write into. */
  readonly written: readonly string[];
  /** Folders whose files are all declared. */
  readonly declared: readonly string[];
}

interface Found {
  readonly type: string;
  readonly digest: Digest;
  readonly mode: number;
  readonly owner: string;
}

/**
 * Brings the copy of a stack's declared files on another host up to date, and makes the folders for what it writes.
 * What is declared no more is set aside; nothing is deleted.
 * @throws CutoverError `name_taken` (exit code 1) where that host has other secrets for this stack; Error when the daemon refuses
 */
export async function updateMirror(docker: Docker, mirror: Mirror): Promise<void> {
  const carrier = carrierOf(mirror);
  const stale = await withHolder(docker, carrier, async (holder) => {
    const { missing, foreign, stale } = await compare(docker, holder, mirror);
    const [first] = foreign;
    if (first) {
      throw new CutoverError('name_taken', `another machine has brought up stack ${mirror.stack} on this host`, {
        exitCode: exitCodes.unexpected,
        details: [
          `expected ${mirror.root}${first.path} there to be what ${first.path} is here, received another secret; bring the stack up from the machine that has it, or name this stack otherwise (--stack)`,
        ],
      });
    }
    if (missing.length > 0 || !(await hasFolders(docker, holder, mirror))) {
      const archive = pack();
      const sent = withoutTimeout(docker).getContainer(holder.id).putArchive(Readable.from(archive), { path: there });
      writeFolders(archive, mirror);
      for (const { path: file, content, mode } of missing) {
        archive.entry({ name: file.slice(1), mode, uid: mirror.owner.uid, gid: mirror.owner.gid }, content);
      }
      archive.finalize();
      await sent;
    }
    return stale;
  });
  if (stale.length > 0) await setAside(docker, mirror, stale);
}

/** Whether that copy is what it should be. @throws Error when the daemon refuses */
export async function isMirrored(docker: Docker, mirror: Mirror): Promise<boolean> {
  return withHolder(docker, carrierOf(mirror), async (holder) => {
    const { missing, foreign, stale } = await compare(docker, holder, mirror);
    return missing.length + foreign.length + stale.length === 0 && (await hasFolders(docker, holder, mirror));
  });
}

const carrierOf = ({ stack, image, owner, root }: Mirror): Carrier => ({
  stack,
  image,
  user: `${owner.uid}:${owner.gid}`,
  binds: [`${root}:${there}`],
});

/** Where files that were set aside are, below the root: a folder beside every path that is copied. */
const asideFolder = '.gone';

async function compare(docker: Docker, holder: Docker.Container, { files, declared, owner }: Mirror) {
  const folders = [...new Set([...files.map(({ path: file }) => path.dirname(file)), ...declared])];
  const tops = folders.filter((one) => !folders.some((other) => other !== one && one.startsWith(`${other}/`)));
  const found = new Map<string, Found>();
  for (const top of tops) for (const [file, one] of await readFolder(docker, holder, top)) found.set(file, one);
  const wanted = `${owner.uid}:${owner.gid}`;
  const differs = ({ path: file, content, mode }: MirroredFile): boolean => {
    const one = found.get(file);
    return one?.digest !== digestBytes(content) || one.mode !== mode || one.owner !== wanted;
  };
  const missing = files.filter(differs);
  const isOther = ({ path: file, content }: MirroredFile) =>
    found.has(file) && found.get(file)!.digest !== digestBytes(content);
  const names = new Set(files.map(({ path: file }) => file));
  const stale = [...found].flatMap(([file, { type }]) =>
    type === 'file' && !names.has(file) && declared.some((folder) => file.startsWith(`${folder}/`)) ? [file] : [],
  );
  return { missing, foreign: missing.filter((file) => file.isSecret && isOther(file)), stale };
}

/** Everything below a folder of the host, by the path that it has here; nothing where it is not there. */
async function readFolder(docker: Docker, holder: Docker.Container, folder: string): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const archive = await getArchive(docker, holder, `${there}${folder}`);
  if (!archive) return found;
  const entries = extract();
  const fed = pipeline(archive, entries as never as NodeJS.WritableStream);
  for await (const entry of entries) {
    const { name, type, mode = 0, uid, gid } = entry.header;
    const content = await buffer(entry as never as Readable);
    // The archive begins with the folder's own name.
    const file = path.join(path.dirname(folder), path.posix.normalize(`/${name}`));
    found.set(file, { type: String(type), digest: digestBytes(content), mode: mode & 0o777, owner: `${uid}:${gid}` });
  }
  await fed;
  return found;
}

/** An archive of a file or folder of a container that need not run; undefined where it has none. @throws Error */
export async function getArchive(
  docker: Docker,
  { id }: { readonly id: string },
  file: string,
): Promise<Readable | undefined> {
  try {
    return (await withoutTimeout(docker).getContainer(id).getArchive({ path: file })) as Readable;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

async function hasFolders(docker: Docker, holder: Docker.Container, { written }: Mirror): Promise<boolean> {
  for (const folder of written) {
    const archive = docker.getContainer(holder.id).infoArchive({ path: `${there}${folder}` });
    const isThere = await archive.then(
      () => true,
      (error: { statusCode?: number }) => {
        if (error.statusCode === 404) return false;
        throw error;
      },
    );
    if (!isThere) return false;
  }
  return true;
}

function writeFolders(archive: ReturnType<typeof pack>, { files, written, declared, owner }: Mirror): void {
  const secrets = new Set(files.flatMap((file) => (file.isSecret ? [path.dirname(file.path)] : [])));
  const own = new Set([...written, ...secrets, `/${asideFolder}`]);
  const shown = new Set([...files.map(({ path: file }) => path.dirname(file)), ...declared]);
  const folders = new Set([...own, ...shown].flatMap(listAncestors));
  for (const folder of [...folders].sort()) {
    const isOwn = own.has(folder) || shown.has(folder);
    const held = isOwn ? owner : { uid: 0, gid: 0 };
    const mode = own.has(folder) ? 0o700 : 0o755;
    archive.entry({ name: folder.slice(1), type: 'directory', mode, ...held });
  }
}

/** A folder and every one that it is in, without the root. */
function listAncestors(folder: string): string[] {
  const parent = path.dirname(folder);
  return folder === '/' ? [] : [...listAncestors(parent), folder];
}

async function setAside(docker: Docker, mirror: Mirror, files: readonly string[]): Promise<void> {
  const when = new Date().toISOString().replace(/[-:]/g, '');
  const names = files.map((file) => file.slice(1));
  const command = shippedCommand('platforms/docker/inside/set-aside-main', there, `${there}/${asideFolder}`, when);
  const { exitCode, stderr } = await runCarrier(docker, carrierOf(mirror), [...command, ...names], {
    timeoutMs: asideMs,
  });
  if (exitCode !== 0) throw new Error(`what is declared no more could not be set aside: ${stderr.trim()}`);
}
