import { messageOf } from '../../errors';

/** A service could not be asked, or answered something that cannot be understood: what it did is not known. */
export class Unanswered extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Unanswered';
  }
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One request for JSON. Redirects are not followed: an address that was configured is the one that is asked.
 * @param timeoutMs for the whole exchange, body included
 * @throws Unanswered when there is no answer in time, or it is not JSON
 */
export async function askJson(
  url: string,
  timeoutMs: number,
  request: { method?: 'GET' | 'POST'; body?: unknown } = {},
): Promise<JsonAnswer> {
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      ...(request.body === undefined
        ? {}
        : { body: JSON.stringify(request.body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new Unanswered(`${url}: ${messageOf(cause ?? error)}`, { cause: error });
  }
}
