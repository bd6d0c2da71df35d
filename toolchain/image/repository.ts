import { CutoverError, exitCodes } from '../../errors';

/** Where an image is pushed to. */
export interface Repository {
  /** `registry.example.com:5000`; `docker.io` where the name has none. */
  readonly registry: string;
  /** As a daemon takes it, with the registry where one was given. */
  readonly name: string;
  readonly tag?: string;
}

const part = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*';
const form = new RegExp(
  `^(?:([A-Za-z0-9.-]+(?::[0-9]+)?)/)?(${part}(?:/${part})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$`,
);

/**
 * Reads the name of a repository: `[REGISTRY[:PORT]/]NAME[:TAG]`.
 * @throws CutoverError `usage` (exit code 2)
 */
export function readRepository(text: string): Repository {
  const [, host, rest, tag] = form.exec(text) ?? [];
  if (rest === undefined) {
    const expected = 'a repository such as registry.example.com/team/cutover or registry.example.com/team/cutover:1.2';
    throw new CutoverError('usage', `push: expected ${expected}, received ${JSON.stringify(text)}`, {
      exitCode: exitCodes.usage,
    });
  }
  // A first part without dot or port is no host but the beginning of a name, as everywhere with images.
  const isHost = host !== undefined && (/[.:]/.test(host) || host === 'localhost');
  const name = host === undefined ? rest : `${host}/${rest}`;
  return { registry: isHost ? host : 'docker.io', name, ...(tag ? { tag } : {}) };
}
