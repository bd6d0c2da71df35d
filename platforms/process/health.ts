/** What a workload's `/health` answered. */
export interface HealthAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * Asks a workload's health.
 * @param url its address, without path
 * @returns undefined when nothing answers within the time, seconds
 */
export async function askHealth(url: string, timeoutSeconds = 2): Promise<HealthAnswer | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(timeoutSeconds * 1000) });
    const body: unknown = await response.json().catch(() => ({}));
    return { status: response.status, body: (body ?? {}) as Record<string, unknown> };
  } catch {
    return undefined;
  }
}

/** Whether the answer says that the workload can do its work. */
export function isHealthy(answer: HealthAnswer | undefined): boolean {
  return answer !== undefined && answer.status === 200 && answer.body.ok === true;
}
