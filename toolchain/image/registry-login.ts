import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { CutoverError, exitCodes } from '../../errors';

/** What a daemon is given to log in to a registry. Never printed. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

const form = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});
const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });
const helperMs = 20_000;

/**
 * The login of a registry as `docker login` left it: in `$DOCKER_CONFIG/config.json`, or with the helper that is named
 * there. Undefined where there is none, which some registries do with.
 * @throws CutoverError `docker_config` (exit code 2) when the file is there and is not what it should be
 */
export function findLogin(registry: string, env: NodeJS.ProcessEnv): RegistryLogin | undefined {
  const config = readConfig(path.join(env.DOCKER_CONFIG || path.join(env.HOME || homedir(), '.docker'), 'config.json'));
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const helper = config.credHelpers?.[serveraddress] ?? config.credsStore;
  if (helper) {
    const held = askHelper(helper, serveraddress, env);
    if (held) return { ...held, serveraddress };
  }
  const found = [serveraddress, `https://${serveraddress}`].map((key) => config.auths?.[key]?.auth).find(Boolean);
  if (!found) return undefined;
  const [username, ...password] = Buffer.from(found, 'base64').toString('utf8').split(':');
  return { username: username!, password: password.join(':'), serveraddress };
}

function readConfig(file: string): z.output<typeof form> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return form.parse(JSON.parse(text));
  } catch {
    // Not its content, nor the parser's words about it: there are secrets in it.
    throw new CutoverError('docker_config', `expected Docker's config as JSON in ${file}, received something else`, {
      exitCode: exitCodes.usage,
    });
  }
}

function askHelper(name: string, server: string, env: NodeJS.ProcessEnv) {
  const { status, stdout } = spawnSync(`docker-credential-${name}`, ['get'], {
    input: server,
    env,
    encoding: 'utf8',
    timeout: helperMs,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (status !== 0) return undefined; // it holds none for this registry, or there is no such helper
  const { Username: username, Secret: password } = helperAnswer.parse(JSON.parse(stdout));
  return { username, password };
}
