import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import Docker from 'dockerode';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BuiltImage, loadImage } from '../../../toolchain/image';
import { temporary } from './small-root';

// Daemons that no machine here has: with containerd's image store, out of room, silent for long, or broken.

const id = `sha256:${'1'.repeat(64)}` as const;
const manifest = `sha256:${'2'.repeat(64)}` as const;

function builtImage(): BuiltImage {
  const archive = path.join(temporary(), 'archive.tar');
  writeFileSync(archive, 'an archive');
  return { id, manifest, archive, sbom: `${archive}.json`, sources: '', size: 1 };
}

/** A daemon that answers as `answer` says. @returns a client with a time limit in milliseconds, and what it was asked */
async function daemon(answer: (request: IncomingMessage, response: ServerResponse) => void, timeout?: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => answer(request, response));
  });
  const socketPath = path.join(temporary(), 'docker.sock');
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { docker: new Docker({ socketPath, timeout }), asked };
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const isInspect = ({ method, url }: IncomingMessage, digest: string) => method === 'GET' && url?.includes(digest);

describe('loadImage', () => {
  test('does nothing where the daemon has the image', async () => {
    const { docker, asked } = await daemon((_, response) => json(response, 200, { Id: id }));
    expect(await loadImage(docker, { ...builtImage(), archive: '/nonexistent' })).toBe(id);
    expect(asked).toEqual([`GET /images/${id}/json`]);
  });

  test("tells the manifest's digest where the daemon knows images by that", async () => {
    let loaded = false;
    const { docker } = await daemon((request, response) => {
      if (request.method === 'POST') {
        loaded = true;
        json(response, 200, { stream: 'Loaded image' });
      } else if (loaded && isInspect(request, manifest)) json(response, 200, { Id: manifest });
      else json(response, 404, { message: 'no such image' });
    });
    expect(await loadImage(docker, builtImage())).toBe(manifest);
  });

  test('waits for a load that takes longer than a question may', async () => {
    let loaded = false;
    const { docker } = await daemon((request, response) => {
      if (request.method === 'POST') {
        // Well beyond the client's limit; the answer is what ends the wait.
        setTimeout(() => {
          loaded = true;
          json(response, 200, { stream: 'Loaded image' });
        }, 1_800);
      } else if (loaded) json(response, 200, { Id: id });
      else json(response, 404, { message: 'no such image' });
    }, 1_000);
    expect(await loadImage(docker, builtImage())).toBe(id);
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
    [
      'runs out of room within its answer',
      (request, response) =>
        request.method === 'POST'
          ? json(response, 200, { error: 'no space left on device' })
          : json(response, 404, { message: 'no such image' }),
      'no space left on device',
    ],
    [
      'is killed while it loads',
      (request, response) => {
        if (request.method !== 'POST') return void json(response, 404, { message: 'no such image' });
        response.writeHead(200).write('{"status": "Loading layer"}\n', () => response.destroy());
      },
      'abort',
    ],
    [
      'takes it and has it not',
      ({ method }, response) => json(response, method === 'POST' ? 200 : 404, { stream: '' }),
      id,
    ],
    ['fails over the question', (_, response) => json(response, 500, { message: 'broken' }), 'broken'],
    ['hangs up', (_, response) => response.destroy(), 'hang up'],
  ])('says so when the daemon %s', async (_, answer, words) => {
    const { docker } = await daemon(answer);
    await expect(loadImage(docker, builtImage())).rejects.toMatchObject({
      code: 'image_load_failed',
      exitCode: 5,
      message: expect.stringContaining(words),
    });
  });

  test('says so when the archive is gone', async () => {
    const { docker } = await daemon((_, response) => json(response, 404, { message: 'no such image' }));
    const image = { ...builtImage(), archive: '/nonexistent/archive.tar' };
    await expect(loadImage(docker, image)).rejects.toMatchObject({ code: 'image_load_failed' });
  });
});
