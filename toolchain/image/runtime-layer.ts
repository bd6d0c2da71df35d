import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { runTool } from '../run-tool';
import { arrange, copied, type ImageEntry, type LayerPlan, written } from './entry';
import { sharedLibraries, unsupported } from './shared-libraries';

export const nodePath = '/usr/local/bin/node';
export const imageUser = 10_001;

/** The Node.js of an image, and what is known of it. */
export interface Runtime {
  readonly layer: LayerPlan;
  /** Node.js as `node`, and what is built into it, such as `openssl`, with their versions. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Plans the layer with Node.js and its libraries: all of the operating system that a workload gets. No shell.
 * @param root the project's folder, whose own Node.js is taken, else the one that runs this
 * @throws CutoverError `image_unsupported` or `image_library_missing` (exit code 5)
 */
export async function planRuntime(root: string): Promise<Runtime> {
  if (process.platform !== 'linux') throw unsupported(`this is ${process.platform}, and containers run Linux programs`);
  const own = path.join(root, 'node_modules', 'node', 'bin', 'node');
  const node = existsSync(own) ? own : process.execPath;
  requireElf(node);
  const asked = await runTool(node, ['-p', 'JSON.stringify(process.versions)'], { env: {}, timeoutSeconds: 20 });
  if (!asked.ok) throw unsupported(`${node} does not run: ${asked.failure}`);
  const libraries = (await sharedLibraries(node)).map((file) => copied(file, file, 0o755));
  return {
    layer: { name: 'runtime', entries: arrange([...systemFiles(), copied(nodePath, node, 0o755), ...libraries]) },
    versions: JSON.parse(asked.stdout) as Record<string, string>,
  };
}

/** Who is who, where names are looked up, and a place for what is thrown away. */
function systemFiles(): ImageEntry[] {
  const user = `cutover:x:${imageUser}:`;
  return [
    written('/etc/passwd', `root:x:0:0:root:/:/sbin/nologin\n${user}${imageUser}:cutover:/tmp:/sbin/nologin\n`),
    written('/etc/group', `root:x:0:\n${user}\n`),
    // Without it some versions of glibc ask the name server before /etc/hosts, also for localhost.
    written('/etc/nsswitch.conf', 'hosts: files dns\n'),
    { path: '/tmp', mode: 0o1777 },
  ];
}

function requireElf(file: string): void {
  const start = Buffer.alloc(4);
  const opened = openSync(file, 'r');
  try {
    readSync(opened, start);
  } finally {
    closeSync(opened);
  }
  if (start.toString('latin1') !== '\x7fELF') throw unsupported(`${file} is no ELF program`);
}
