import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { downloadedEngineFolder, engineVersion } from './cache';
import { type Engine, inspectEngine } from './inspect-engine';
import { runTool } from './run-tool';
import type { Work } from './work';

const officialHost = 'https://get.pulumi.com';
const probeSeconds = 5;
const downloadSeconds = 600;

// The installer of @pulumi/pulumi can be neither timed nor stopped, so it runs in a process that can. The host is asked
// for first: where it cannot be reached that is known in seconds.
const installScript = `
const [automation, host, root, probeMs] = process.argv.slice(1);
fetch(host, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(Number(probeMs)) })
  .catch((error) => { throw new Error(host + ' cannot be reached (' + (error.cause?.code ?? error.message) + ')'); })
  .then(() => require(automation).PulumiCommand.install({ root }))
  .catch((error) => { console.error(error.message); process.exit(1); });
`;

/**
 * Downloads the official distribution into the cache. A download that is broken off leaves only a folder that nothing
 * looks into.
 * @returns the engine, or why there is none
 */
export async function downloadEngine(work: Work): Promise<Engine | string> {
  const host = work.env.CUTOVER_OFFICIAL_HOST || officialHost;
  const target = downloadedEngineFolder(work.cacheDir);
  const fresh = `${target}.partial`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  try {
    work.onProgress(`asking ${host} for the official Pulumi ${engineVersion}`);
    const result = await runTool(
      process.execPath,
      [
        '-e',
        installScript,
        createRequire(__filename).resolve('@pulumi/pulumi/automation'),
        host,
        fresh,
        String(probeSeconds * 1000),
      ],
      { env: { ...work.env, NODE_USE_ENV_PROXY: '1' }, timeoutSeconds: downloadSeconds, signal: work.signal },
    );
    if (!result.ok) return `the official download failed: ${result.failure}`;
    const found = await inspectEngine(path.join(fresh, 'bin'), 'downloaded', work.env, work.signal);
    if (typeof found === 'string') return `the official download is of no use: ${found}`;
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
    return inspectEngine(path.join(target, 'bin'), 'downloaded', work.env, work.signal);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
