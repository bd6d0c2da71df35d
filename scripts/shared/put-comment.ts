import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { askGitHub, GitHubError } from './github-request';
import type { PullRequest } from './pull-request';

/** What became of a comment. */
export interface PutComment {
  readonly action: 'created' | 'updated';
  readonly id: number;
  readonly url: string;
  /** Who GitHub says has written it. */
  readonly author: string;
}

const comment = z.object({
  id: z.number().int(),
  html_url: z.string().default(''),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
});
type Comment = z.infer<typeof comment>;

const pageSize = 100;
/** GitHub takes 2,500 comments for one pull request. */
const mostPages = 30;
/** How long is waited before another attempt, milliseconds. */
const waits = [1_000, 4_000];

/**
 * Puts a text on a pull request: in place of the author's own comment that begins with the marker, else as a new one.
 * Comments of others are never changed, whatever they begin with. An attempt that GitHub did not answer is made again
 * from the start, so that a comment that was written all the same is found and not written twice.
 * @param text begins with `marker`
 * @throws GitHubError as `askGitHub`, and `github_too_many` where no end of the comments is found
 */
export async function putComment(
  to: PullRequest,
  marker: string,
  text: string,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<PutComment> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await tryToPut(to, marker, text);
    } catch (error) {
      const wait = waits[attempt];
      if (!(error instanceof GitHubError && error.again) || wait === undefined) throw error;
      await pause(wait);
    }
  }
}

async function tryToPut(to: PullRequest, marker: string, text: string): Promise<PutComment> {
  const found = await findOwn(to, marker);
  if (!found) {
    const made = read(comment, await askGitHub(to, 'POST', `/issues/${to.number}/comments`, { body: text }));
    return describe('created', made);
  }
  try {
    const path = `/issues/comments/${found.id}`;
    return describe('updated', read(comment, await askGitHub(to, 'PATCH', path, { body: text })));
  } catch (error) {
    if (!(error instanceof GitHubError && error.status === 404)) throw error;
    // It was deleted meanwhile.
    throw new GitHubError(error.code, error.message, { status: 404, again: true });
  }
}

/** The first comment of the author's own that begins with the marker. */
async function findOwn(to: PullRequest, marker: string): Promise<Comment | undefined> {
  for (let page = 1; page <= mostPages; page += 1) {
    const path = `/issues/${to.number}/comments?per_page=${pageSize}&page=${page}`;
    const comments = read(z.array(comment), await askGitHub(to, 'GET', path));
    const own = comments.find(({ body, user }) => user?.login === to.author && body?.startsWith(marker));
    if (own || comments.length < pageSize) return own;
  }
  throw new GitHubError('github_too_many', `expected at most ${mostPages * pageSize} comments, received more`, {
    status: null,
    again: false,
  });
}

function read<T>(schema: z.ZodType<T>, document: unknown): T {
  const found = schema.safeParse(document);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  const where = issue?.path.join('.') || 'the document';
  throw new GitHubError('github_refused', `GitHub answers with another form than its comments have: ${where}`, {
    status: null,
    again: false,
  });
}

const describe = (action: PutComment['action'], { id, html_url, user }: Comment): PutComment => ({
  action,
  id,
  url: html_url,
  author: user?.login ?? '',
});
