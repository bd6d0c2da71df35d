import { ensureInstalled as ensureTools } from '../../helpers/system-packages';

/**
 * Sees that a Docker engine and its tools are installed: those of the distribution, where they are not.
 * @returns why they are not there and cannot be installed, or cannot be run, else undefined
 */
export async function ensureInstalled(onProgress: (message: string) => void): Promise<string | undefined> {
  const tools = { dockerd: 'docker.io', iptables: 'iptables', ip: 'iproute2' };
  const reason = await ensureTools(tools, 35, onProgress);
  if (reason !== undefined) return reason;
  return process.getuid?.() === 0 ? undefined : 'dockerd can only be started by root';
}
