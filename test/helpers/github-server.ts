import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredComment {
  readonly id: number;
  body: string;
  readonly login: string;
}

/** What a request is answered with in place of what it asks for. */
export interface Instead {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** Does what it asks for all the same, and then loses the answer. */
  readonly done?: boolean;
}

/** The comments of one pull request, served as GitHub's REST API serves them. */
export interface GitHubServer {
  readonly api: string;
  readonly comments: StoredComment[];
  /** Every request, as `METHOD path`. */
  readonly asked: string[];
  /** What was authorized with, request by request. */
  readonly tokens: (string | undefined)[];
  /** Decides for each request whether something else is answered. */
  instead: (method: string, path: string) => Instead | undefined;
  add(login: string, body: string): StoredComment;
  close(): Promise<void>;
}

/** @param login who the token of the tests writes as */
export async function startGitHub(
  repository: string,
  number: number,
  login = 'github-actions[bot]',
): Promise<GitHubServer> {
  const comments: StoredComment[] = [];
  const add = (by: string, body: string) => {
    const comment = { id: 1_000 + comments.length, body, login: by };
    comments.push(comment);
    return comment;
  };
  const root = `/repos/${repository}`;
  const show = ({ id, body, login: by }: StoredComment) => ({
    id,
    body,
    user: { login: by },
    html_url: `https://github.example/${repository}/pull/${number}#issuecomment-${id}`,
  });

  /** What GitHub does with a request. */
  function serve(method: string, url: URL, text: string): { status: number; body: unknown } {
    const one = new RegExp(`^${root}/issues/comments/(\\d+)$`).exec(url.pathname);
    const { body = '' } = text === '' ? {} : JSON.parse(text);
    if (method !== 'GET' && body.length > 65_536) return { status: 422, body: { message: 'Validation Failed' } };
    if (one && method === 'PATCH') {
      const found = comments.find(({ id }) => id === Number(one[1]));
      if (!found) return { status: 404, body: { message: 'Not Found' } };
      found.body = body;
      return { status: 200, body: show(found) };
    }
    if (url.pathname !== `${root}/issues/${number}/comments`) return { status: 404, body: { message: 'Not Found' } };
    if (method === 'POST') return { status: 201, body: show(add(login, body)) };
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const page = Number(url.searchParams.get('page') ?? 1);
    return { status: 200, body: comments.slice((page - 1) * size, page * size).map(show) };
  }

  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const method = request.method ?? '';
      asked.push(`${method} ${request.url}`);
      tokens.push(request.headers.authorization);
      const instead = github.instead(method, request.url ?? '');
      if (instead) {
        if (instead.done) serve(method, new URL(request.url ?? '', 'http://localhost'), text);
        response.writeHead(instead.status, instead.headers).end(instead.body ?? '');
        return;
      }
      const { status, body } = serve(method, new URL(request.url ?? '', 'http://localhost'), text);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const github: GitHubServer = {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    comments,
    asked,
    tokens,
    instead: () => undefined,
    add,
    close: () => new Promise((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
  return github;
}
