import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markerOf } from '../../../report/change-record/record';
import { type PullRequest, readPullRequest } from '../../../scripts/shared/pull-request';
import { putComment } from '../../../scripts/shared/put-comment';
import { type GitHubServer, startGitHub } from '../../helpers/github-server';

const token = 'ghs_0123456789abcdefSECRET';
const marker = markerOf('main');
const record = `${marker}\n## Allowed: stack \`main\`\n`;
let github: GitHubServer;
let waited: number[];
beforeEach(async () => {
  github = await startGitHub('desk/trading', 7);
  waited = [];
});
afterEach(() => github.close());

const to = (over: Partial<PullRequest> = {}): PullRequest => ({
  ...readPullRequest('7', undefined, {
    GITHUB_REPOSITORY: 'desk/trading',
    GITHUB_API_URL: github.api,
    GITHUB_TOKEN: token,
  }),
  ...over,
});
const put = (text = record, over: Partial<PullRequest> = {}) =>
  putComment(to(over), marker, text, async (milliseconds) => void waited.push(milliseconds));
const bodies = () => github.comments.map(({ body }) => body);
const methods = () => github.asked.map((line) => line.split(' ')[0]);

describe('the comment of a stack', () => {
  it('is made once and then updated in place', async () => {
    expect(await put()).toMatchObject({ action: 'created', id: 1_000, author: 'github-actions[bot]' });
    expect(await put(`${record}again`)).toMatchObject({ action: 'updated', id: 1_000 });
    expect(bodies()).toEqual([`${record}again`]);
    expect(new Set(github.tokens)).toEqual(new Set([`Bearer ${token}`]));
  });

  it('is one for each stack, and a name that begins another is not that other', async () => {
    github.add('github-actions[bot]', `${markerOf('main-2')}\nnight`);
    github.add('github-actions[bot]', `quoted: ${record}`);
    await put();
    expect(bodies()).toEqual([`${markerOf('main-2')}\nnight`, `quoted: ${record}`, record]);
  });

  it("is never another's, whatever that begins with", async () => {
    github.add('mallory', `${marker}\nAllowed, trust me`);
    github.add('github-actions', `${marker}\nalmost the name`);
    expect(await put()).toMatchObject({ action: 'created' });
    expect(await put(`${record}2`)).toMatchObject({ action: 'updated', id: 1_002 });
    expect(bodies().slice(0, 2)).toEqual([`${marker}\nAllowed, trust me`, `${marker}\nalmost the name`]);
    expect(await put(`${record}3`, { author: 'mallory' })).toMatchObject({ id: 1_000 });
  });

  it.each([99, 100, 101, 250])('is found behind %i others, page by page', async (count) => {
    for (let index = 0; index < count; index += 1) github.add('somebody', `comment ${index}`);
    await put();
    expect(await put(`${record}2`)).toMatchObject({ action: 'updated', id: 1_000 + count });
    expect(github.comments).toHaveLength(count + 1);
  });

  it('is not written where the comments have no end', async () => {
    for (let index = 0; index < 3_000; index += 1) github.add('somebody', 'x');
    await expect(put()).rejects.toMatchObject({ code: 'github_too_many', exitCode: 5 });
    expect(methods()).not.toContain('POST');
  });

  it('takes the longest record that there is', async () => {
    const longest = marker + 'x'.repeat(65_535 - marker.length);
    expect(await put(longest)).toMatchObject({ action: 'created' });
    await expect(put(`${longest}xx`)).rejects.toMatchObject({ code: 'github_refused' });
  });
});

describe('what GitHub does not do', () => {
  it.each([
    [401, 'github_forbidden'],
    [403, 'github_forbidden'],
    [404, 'github_not_found'],
    [410, 'github_refused'],
    [422, 'github_refused'],
  ])('is told at once where it answers %i, without the token', async (status, code) => {
    github.instead = () => ({ status, body: JSON.stringify({ message: `no\n<b>for</b> Bearer ${token}` }) });
    const error = await put().catch((thrown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 5 });
    expect(error.message).toContain(`with ${status}: no <b>for</b> Bearer ***`);
    expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain(token);
    expect(github.asked).toHaveLength(1);
  });

  it.each([301, 302, 307])('is not asked for elsewhere where it answers %i', async (status) => {
    const other = await startGitHub('desk/trading', 7);
    github.instead = (_, path) => ({ status, headers: { location: other.api + path } });
    await expect(put()).rejects.toMatchObject({ code: 'github_refused' });
    expect(other.asked).toEqual([]);
    await other.close();
  });

  it.each([500, 502, 503])('is tried again where it answers %i, and then told', async (status) => {
    let left = 2;
    github.instead = () => (left-- > 0 ? { status, body: '<html>' } : undefined);
    expect(await put()).toMatchObject({ action: 'created' });
    expect(waited).toEqual([1_000, 4_000]);
    github.instead = () => ({ status });
    await expect(put()).rejects.toMatchObject({ code: 'github_unavailable', exitCode: 5 });
  });

  it('makes no second comment where the first was written and only its answer was lost', async () => {
    let lost = false;
    github.instead = (method) => {
      if (method !== 'POST' || lost) return undefined;
      lost = true;
      return { status: 502, done: true };
    };
    expect(await put()).toMatchObject({ action: 'updated' });
    expect(github.comments).toHaveLength(1);
  });

  it('makes a new one where the old was deleted in between', async () => {
    await put();
    github.instead = (method) => {
      if (method === 'PATCH') github.comments.length = 0;
      return undefined;
    };
    expect(await put()).toMatchObject({ action: 'created' });
    expect(github.comments).toHaveLength(1);
  });

  it.each(['[{"id": "1"}]', '{}', '[null]'])('is told where the answer is %s', async (body) => {
    github.instead = () => ({ status: 200, body });
    await expect(put()).rejects.toMatchObject({ code: 'github_refused' });
  });

  it('is told where nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const error = await put(record, { api: `http://127.0.0.1:${port}` }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'github_unavailable' });
    expect(error.message).toContain('ECONNREFUSED');
    expect(waited).toHaveLength(2);
  });
});

describe('where a comment goes', () => {
  const env = { GITHUB_REPOSITORY: 'desk/trading.py', GITHUB_TOKEN: ` ${token}\n` };

  it('is read from the environment of a workflow', () => {
    expect(readPullRequest('42', undefined, env)).toEqual({
      api: 'https://api.github.com',
      repository: 'desk/trading.py',
      number: 42,
      token,
      author: 'github-actions[bot]',
    });
    const own = readPullRequest('42', 'desk-bot', { ...env, GITHUB_API_URL: 'https://git.example/api/v3/' });
    expect(own).toMatchObject({ api: 'https://git.example/api/v3', author: 'desk-bot' });
  });

  it.each([
    ['0', env, 'usage'],
    ['-1', env, 'usage'],
    ['7/../8', env, 'usage'],
    ['', env, 'usage'],
    ['7', { ...env, GITHUB_REPOSITORY: undefined }, 'usage'],
    ['7', { ...env, GITHUB_REPOSITORY: 'desk/..' }, 'usage'],
    ['7', { ...env, GITHUB_REPOSITORY: 'desk/trading/../other' }, 'usage'],
    ['7', { ...env, GITHUB_API_URL: 'http://api.github.com' }, 'usage'],
    ['7', { ...env, GITHUB_API_URL: 'https://user@git.example' }, 'usage'],
    ['7', { ...env, GITHUB_API_URL: 'git.example' }, 'usage'],
    ['7', { ...env, GITHUB_TOKEN: undefined }, 'token_missing'],
    ['7', { ...env, GITHUB_TOKEN: '' }, 'token_missing'],
    ['7', { ...env, GITHUB_TOKEN: `${token}\n${token}` }, 'token_missing'],
  ])('is refused where it is not one, case %#', (number, environment, code) => {
    let thrown: unknown;
    try {
      readPullRequest(number, undefined, environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect(String((thrown as Error).message)).not.toContain(token);
  });
});
