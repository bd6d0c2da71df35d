import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { messageOf } from '../../errors';
import { tryTool } from './tool';

/** Tools of the system that a test bed needs, each with the Debian package that it comes in. */
export type NeededTools = Readonly<Record<string, string>>;

/**
 * Sees that tools are installed: those of the distribution, where they are not.
 * @param tools names of commands, or paths of files
 * @param seconds about how long the installation of all takes
 * @returns why they are not there and cannot be installed, else undefined
 */
export async function ensureInstalled(
  tools: NeededTools,
  seconds: number,
  onProgress: (message: string) => void,
): Promise<string | undefined> {
  const absent = missing(tools);
  if (absent.length === 0) return undefined;
  const why = `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not installed`;
  if (process.getuid?.() !== 0) return `${why}, and only root can install packages`;
  if (!has('apt-get')) return `${why}, and there is no apt-get to install it with`;
  const packages = [...new Set(absent.map((tool) => tools[tool]!))];
  onProgress(`${why}; installing ${packages.join(', ')} with apt-get (about ${seconds} s)`);
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if (await aptGet(install, onProgress)) {
    onProgress('updating the lists of packages first');
    const failed = (await aptGet(['update'], onProgress)) ?? (await aptGet(install, onProgress));
    if (failed) return `${why}, and apt-get cannot install it: ${failed}`;
  }
  const still = missing(tools);
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

function missing(tools: NeededTools): string[] {
  return Object.keys(tools).filter((tool) => !has(tool));
}

function has(tool: string): boolean {
  return tool.startsWith('/') ? existsSync(tool) : tryTool('sh', '-c', `command -v ${tool}`).trim() !== '';
}
