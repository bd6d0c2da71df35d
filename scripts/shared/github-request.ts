import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { PullRequest } from './pull-request';

/** How long one answer may take, milliseconds. */
const answerMs = 20_000;
/** How much of what GitHub says in an error is shown, characters. */
const mostSaid = 300;

/** A request that did not succeed. `again`: the same might succeed a moment later. */
export class GitHubError extends CutoverError {
  readonly again: boolean;
  readonly status: number | null;

  constructor(code: string, message: string, options: { status: number | null; again: boolean; details?: string[] }) {
    super(code, message, { exitCode: exitCodes.missing, ...(options.details ? { details: options.details } : {}) });
    this.status = options.status;
    this.again = options.again;
  }
}

/**
 * One request to GitHub's REST API.
 * @param path below the repository, such as `/issues/1/comments`
 * @returns the JSON of the answer
 * @throws GitHubError `github_forbidden`, `github_not_found`, `github_refused`, `github_unavailable` (exit code 5)
 */
export async function askGitHub(
  { api, repository, token }: PullRequest,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: object,
): Promise<unknown> {
  const what = `${method} ${path}`;
  const unavailable = (why: string, status: number | null) =>
    new GitHubError('github_unavailable', `GitHub does not answer ${what}: ${why}`, { status, again: true });
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${api}/repos/${repository}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'cutover',
        'x-github-api-version': '2022-11-28',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // Another place is not to have the token, and a POST that is sent on would become a GET.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMs),
    });
    text = await response.text();
  } catch (error) {
    throw unavailable([messageOf(error), messageOf((error as Error).cause ?? '')].filter(Boolean).join(': '), null);
  }
  const { status } = response;
  if (status >= 500) throw unavailable(`it answers ${status}`, status);
  const document = parse(text);
  if (!response.ok) throw refusal(what, status, said(document, token));
  if (document === undefined) throw unavailable('its answer is no JSON', status);
  return document;
}

function refusal(what: string, status: number, message: string): GitHubError {
  const answered = `GitHub answers ${what} with ${status}${message ? `: ${message}` : ''}`;
  const make = (code: string, ...details: string[]) =>
    new GitHubError(code, answered, { status, again: false, details });
  if (status === 401 || status === 403) {
    return make(
      'github_forbidden',
      'The token may not write comments: the job needs permissions: {pull-requests: write}. A pull request from a fork never has it.',
    );
  }
  if (status === 404) {
    return make(
      'github_not_found',
      'There is no such pull request in GITHUB_REPOSITORY, or the token does not see it.',
    );
  }
  if (status >= 300 && status < 400) {
    return make('github_refused', 'The repository was moved or renamed: GITHUB_REPOSITORY names its former place.');
  }
  return make('github_refused');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What GitHub says of an error, on one line; never the token, whatever is said. */
function said(document: unknown, token: string): string {
  const message = String((document as { message?: unknown } | undefined)?.message ?? '');
  return message.replaceAll(token, '***').replace(/\s+/g, ' ').slice(0, mostSaid);
}
