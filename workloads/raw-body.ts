import type { FastifyInstance } from 'fastify';

/** What a request carried: its first bytes as text, and whether there was more than is kept. */
export interface RawBody {
  readonly text: string;
  readonly truncated: boolean;
}

/** How many bytes of a body are kept. */
export const rawBodyLimit = 64 * 1024;

/**
 * Lets the routes of this scope see every body as it came, whatever its content type, syntax or size: an order that
 * cannot be parsed still has to be recorded, and a halt must not fail for a missing header.
 */
export function acceptAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      payload.off('data', collect).off('end', finish).resume();
      const text = Buffer.concat(chunks).subarray(0, rawBodyLimit).toString('utf8');
      done(null, { text, truncated: size > rawBodyLimit } satisfies RawBody);
    };
    const collect = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > rawBodyLimit) finish();
    };
    payload.on('data', collect).on('end', finish).on('error', done);
  });
}

/** The body that {@link acceptAnyBody} left on a request; a request without one has an empty text. */
export function rawBodyOf(body: unknown): RawBody {
  return (body as RawBody | undefined) ?? { text: '', truncated: false };
}
