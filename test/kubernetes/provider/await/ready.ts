import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, type Live, pathOf, unlessGone } from '../api';
import { annotationOf, nameOf } from '../apply';
import type { Kind } from '../kinds';
import type { Properties } from '../shape';
import { awaitedOf } from './observe';

/** For how long is waited where the program gives no timeout, seconds. */
const defaultSeconds = 600;
const pollMs = 400;
/** How long the endpoints of a service must be ready: pods may still come. The official provider waits 10 s. */
const settleMs = 1000;

/** An object was written, and is not as it should be. */
export class NotReady extends Error {
  constructor(
    message: string,
    readonly live: Live,
    readonly problems: readonly string[],
  ) {
    super(message);
  }
}

export interface Waiting {
  readonly kind: Kind;
  readonly inputs: Properties;
  /** The engine's timeout for the resource, seconds; 0 where there is none. */
  readonly timeout: number;
  readonly cancelled: AbortSignal;
}

/**
 * Waits until an object that was written is ready.
 * @param before the object as it was, where there was one
 * @returns the object as it is then
 * @throws NotReady when that takes too long, with what it lacks
 */
export async function waitUntilReady(api: Api, written: Live, waiting: Waiting, before?: Live): Promise<Live> {
  const { kind, inputs } = waiting;
  const awaited = awaitedOf(kind);
  if (!awaited || isNotAwaited(inputs)) return written;
  const end = Date.now() + (awaited.seconds ?? secondsOf(waiting)) * 1000;
  let since: number | undefined;
  for (let live = written; ; live = await api.request('GET', pathOf(kind, nameOf(inputs)))) {
    const { ready, problems } = await awaited.observe(api, live, before);
    since = ready ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= (kind.kind === 'Service' ? settleMs : 0)) return live;
    failIfOver(live, end, waiting, problems);
    await sleep(pollMs);
  }
}

/** What an object lacks at this moment, for a refresh. */
export async function problemsNow(api: Api, live: Live, kind: Kind, inputs: Properties): Promise<readonly string[]> {
  const awaited = awaitedOf(kind);
  if (!awaited?.atRefresh || isNotAwaited(inputs)) return [];
  const { ready, problems } = await awaited.observe(api, live, live);
  return ready ? [] : problems;
}

/** Waits until an object that is being deleted is gone. @throws NotReady when that takes too long */
export async function waitUntilGone(api: Api, waiting: Waiting, live: Live): Promise<void> {
  const path = pathOf(waiting.kind, live.metadata);
  if (isNotAwaited(waiting.inputs) && ['Namespace', 'Deployment'].includes(waiting.kind.kind)) return;
  const end = Date.now() + secondsOf(waiting) * 1000;
  for (;;) {
    const found = await unlessGone(api.request('GET', path));
    if (!found) return;
    const { finalizers = [] } = found.metadata as { finalizers?: string[] };
    failIfOver(found, end, waiting, [`finalizers might be preventing deletion (${finalizers.join(', ')})`]);
    await sleep(pollMs);
  }
}

function failIfOver(live: Live, end: number, { cancelled }: Waiting, problems: readonly string[]): void {
  const { name } = live.metadata;
  if (cancelled.aborted) throw new NotReady(`Resource operation was cancelled for "${name}"`, live, problems);
  if (Date.now() > end) throw new NotReady(`'${name}' timed out waiting to be Ready`, live, problems);
}

function secondsOf({ timeout, inputs }: Waiting): number {
  return timeout || Number(annotationOf(inputs, 'pulumi.com/timeoutSeconds')) || defaultSeconds;
}

const isNotAwaited = (inputs: Properties) => annotationOf(inputs, 'pulumi.com/skipAwait') === 'true';
