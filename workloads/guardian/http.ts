/** How long any service may take to answer the guardian, milliseconds. */
const limitMs = 1_000;
const mostBytes = 4 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Asks a service for JSON. A redirect is not followed: it would be answered by somebody else.
 * @param body sent as JSON, where there is one
 * @returns undefined where there is no address, or nothing answers in JSON within a second
 */
export async function ask(url: string | undefined, method = 'GET', body?: unknown): Promise<Answer | undefined> {
  if (url === undefined) return undefined;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text.length > mostBytes ? undefined : { status: response.status, body: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
