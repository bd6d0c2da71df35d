import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../service';

/** Whether a request carries a key in this header. Compares in a time that does not tell how much of it was right. */
export function hasKey(request: FastifyRequest, header: string, key: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(String(request.headers[header] ?? '')), digest(key));
}

/** @throws ServiceError 401 */
export function requireKey(request: FastifyRequest, header: string, key: string): void {
  if (!hasKey(request, header, key))
    throw new ServiceError(401, 'invalid_key', `expected the right key in the header ${header}`);
}
