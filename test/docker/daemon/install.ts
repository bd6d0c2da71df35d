import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../../../errors';
import { tryTool } from './tool';

const packages = ['docker.io', 'iptables', 'iproute2'];
const needed = ['dockerd', 'iptables', 'ip'];

/**
 * Sees that a Docker engine and its tools are installed: those of the distribution, where they are not.
 * @returns why they are not there and cannot be installed, else undefined
 */
export async function ensureInstalled(onProgress: (message: string) => void): Promise<string | undefined> {
  const absent = missingTools();
  if (absent.length === 0) return process.getuid?.() === 0 ? undefined : 'dockerd can only be started by root';
  const why = `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not installed`;
  if (process.getuid?.() !== 0) return `${why}, and only root can install packages`;
  if (!has('apt-get')) return `${why}, and there is no apt-get to install it with`;
  onProgress(`${why}; installing ${packages.join(', ')} with apt-get (about 35 s)`);
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if (await aptGet(install, onProgress)) {
    onProgress('updating the lists of packages first');
    const failed = (await aptGet(['update'], onProgress)) ?? (await aptGet(install, onProgress));
    if (failed) return `${why}, and apt-get cannot install it: ${failed}`;
  }
  const still = missingTools();
  return still.length > 0 ? `${still.join(' and ')} not found after the installation` : undefined;
}

/** @returns the last line of its errors when it fails */
async function aptGet(args: string[], onProgress: (message: string) => void): Promise<string | undefined> {
  const child = spawn('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    for (const line of String(chunk).split('\n')) if (/^(Get|Setting up)/.test(line)) onProgress(line);
  });
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? undefined : (errors.trim().split('\n').at(-1) ?? `exit code ${code}`);
  } catch (error) {
    return messageOf(error);
  }
}

function missingTools(): string[] {
  return needed.filter((tool) => !has(tool));
}

function has(tool: string): boolean {
  return tryTool('sh', '-c', `command -v ${tool}`).trim() !== '';
}
