import { CutoverError, exitCodes } from '../../errors';

/** A pull request on GitHub, and as whom it is written to. The token never leaves the headers of a request. */
export interface PullRequest {
  /** Without a slash at its end. */
  readonly api: string;
  readonly repository: string;
  readonly number: number;
  readonly token: string;
  /** The login whose comments are ours. */
  readonly author: string;
}

/** The login that a workflow's own token writes as. Nobody can register a name with brackets. */
const workflowLogin = 'github-actions[bot]';

const publicApi = 'https://api.github.com';

/**
 * Reads where a comment goes: the number from the option, everything else from the environment that GitHub's runners
 * set (GITHUB_REPOSITORY, GITHUB_API_URL) and the token that a workflow gives (GITHUB_TOKEN).
 * @throws CutoverError `usage` (2), `token_missing` (5)
 */
export function readPullRequest(number: string, author: string | undefined, env: NodeJS.ProcessEnv): PullRequest {
  if (!/^[1-9]\d{0,9}$/.test(number)) {
    throw wrong(`--comment: expected the number of a pull request, received ${JSON.stringify(number)}`);
  }
  const repository = env.GITHUB_REPOSITORY ?? '';
  if (!/^[A-Za-z0-9-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(repository)) {
    throw wrong(`GITHUB_REPOSITORY: expected OWNER/NAME, received ${JSON.stringify(repository)}`);
  }
  // What is no printable ASCII would be refused as a header, with the token in the message.
  const token = (env.GITHUB_TOKEN ?? '').trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CutoverError('token_missing', 'GITHUB_TOKEN: expected a token that may write comments, received none', {
      exitCode: exitCodes.missing,
      details: [
        'In a workflow the step names github.token as GITHUB_TOKEN, and its job has permissions: {pull-requests: write}.',
      ],
    });
  }
  return {
    api: readApi(env.GITHUB_API_URL || publicApi),
    repository,
    number: Number(number),
    token,
    author: author ?? workflowLogin,
  };
}

/** Where the token is sent to: encrypted, but on this machine. */
function readApi(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url?.hostname === '127.0.0.1' || url?.hostname === '[::1]' || url?.hostname === 'localhost';
  if (
    url &&
    !url.username &&
    !url.search &&
    !url.hash &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))
  ) {
    return url.href.replace(/\/+$/, '');
  }
  throw wrong(`GITHUB_API_URL: expected an address such as ${publicApi}, received ${JSON.stringify(text)}`);
}

const wrong = (message: string) => new CutoverError('usage', message, { exitCode: exitCodes.usage });
