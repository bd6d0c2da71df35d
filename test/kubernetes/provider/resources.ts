import { messageOf } from '../../../errors';
import { HalfMade } from './answer';
import { type Api, ApiError, isRefusal, type Live, pathOf, unlessGone } from './api';
import { annotationOf, createObject, nameOf, updateObject } from './apply';
import { NotReady, problemsNow, waitUntilGone, waitUntilReady } from './await/ready';
import { checkpoint, idOf, inputsOfLive, managerOf, nameOfId } from './checkpoint';
import type { Connection } from './connect';
import { partsOf, prune } from './diff';
import type { Kind } from './kinds';
import { markedLike, withoutMarks } from './secrets';
import { hasUnknown, type Properties } from './shape';

/** What the engine asks for about one resource. Properties carry the engine's marks of what is secret. */
export interface Request {
  readonly kind: Kind;
  readonly urn: string;
  /** Seconds; 0 where the program gives none. */
  readonly timeout: number;
  readonly preview: boolean;
  readonly cancelled: AbortSignal;
}

/**
 * Creates an object and waits until it is ready.
 * @throws HalfMade when it does not get ready
 */
export async function create(connection: Connection, request: Request, marked: Properties) {
  const { kind, urn, preview } = request;
  const inputs = withoutMarks(marked);
  const asGiven = { id: '', state: marked };
  // The official provider previews nothing then, and says nothing of it.
  if (preview && (hasUnknown(inputs) || !connection.api)) return asGiven;
  const api = apiOf(connection);
  const manager = managerOf({});
  let live: Live;
  try {
    live = await createObject(connection, api, { kind, inputs, manager, preview });
  } catch (error) {
    if (preview && isExpectedInPreview(error)) return asGiven;
    throw new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`);
  }
  if (preview) {
    const { status: _, ...withoutStatus } = live;
    return { id: '', state: checkpoint(withoutStatus, inputs, marked, manager) };
  }
  try {
    live = await waitUntilReady(api, live, { ...request, inputs });
  } catch (error) {
    const last = error instanceof NotReady ? error.live : live;
    const what = `resource "${urn}" was successfully created, but failed to fully initialize or become live`;
    const state = checkpoint(last, inputs, marked, manager);
    throw new HalfMade(`${what}: ${messageOf(error)}`, idOf(last), state, problemsOf(error));
  }
  return { id: idOf(live), state: checkpoint(live, inputs, marked, manager) };
}

/**
 * Applies inputs to an object, and waits until it is ready.
 * @throws HalfMade when it does not get ready, or the server refuses
 */
export async function update(
  connection: Connection,
  request: Request,
  olds: Properties,
  marked: Properties,
  ignored: readonly string[],
): Promise<Properties> {
  const { kind, urn, preview } = request;
  const inputs = withoutMarks(marked);
  if (preview && (hasUnknown(inputs) || !connection.api)) return marked;
  const api = apiOf(connection);
  const manager = managerOf(withoutMarks(olds));
  try {
    const { before, after } = await updateObject(connection, api, { kind, inputs, manager, preview }, ignored);
    const live = preview ? after : await waitUntilReady(api, after, { ...request, inputs }, before);
    return checkpoint(live, inputs, marked, manager);
  } catch (error) {
    if (preview && isRefusal(error, 403)) return marked;
    const found = await unlessGone(api.request('GET', pathOf(kind, nameOf(inputs))));
    if (!found) throw new Error(`update of resource "${urn}" failed: ${messageOf(error)}`);
    const what = `the Kubernetes API server reported that "${idOf(found)}" failed to fully initialize or become live`;
    const state = checkpoint(found, inputs, marked, manager);
    throw new HalfMade(`${what}: ${messageOf(error)}`, idOf(found), state, problemsOf(error));
  }
}

/**
 * An object as it is now, with the inputs that would make it so.
 * @returns undefined when it is gone
 * @throws HalfMade when it is there and not ready
 */
export async function read(
  connection: Connection,
  { kind }: Request,
  id: string,
  olds: Properties,
  markedInputs: Properties,
): Promise<{ state: Properties; inputs: Properties } | undefined> {
  if (!connection.api) {
    throw new Error(`failed to read resource state due to unreachable cluster: ${connection.unreachable}`);
  }
  const live = await unlessGone(connection.api.request('GET', pathOf(kind, nameOfId(id))));
  if (!live) return undefined;
  const oldInputs = withoutMarks(markedInputs);
  const isKnown = Object.keys(oldInputs).length > 0;
  const inputs = isKnown ? (prune(live, oldInputs) as Properties) : inputsOfLive(live);
  const state = checkpoint(live, inputs, markedInputs, managerOf(withoutMarks(olds)));
  const problems = isKnown ? await problemsNow(connection.api, live, kind, oldInputs) : [];
  const markedAgain = markedLike(inputs, markedInputs);
  if (problems.length === 0) return { state, inputs: markedAgain };
  const message = `Resource '${live.metadata.name}' was created but failed to initialize`;
  throw new HalfMade(message, id, state, problems, markedAgain);
}

/** Deletes an object and waits until it is gone; does nothing about what is gone already. */
export async function remove(connection: Connection, request: Request, id: string, olds: Properties): Promise<void> {
  const api = apiOf(connection);
  const { kind } = request;
  const { inputs } = partsOf(withoutMarks(olds));
  const asked = annotationOf(inputs, 'pulumi.com/deletionPropagationPolicy')?.toLowerCase();
  const propagationPolicy = asked === 'orphan' ? 'Orphan' : asked === 'background' ? 'Background' : 'Foreground';
  const path = pathOf(kind, nameOfId(id));
  const live = await unlessGone(api.request('GET', path));
  if (!live) return;
  await unlessGone(api.request('DELETE', path, { query: { propagationPolicy } }));
  try {
    await waitUntilGone(api, { ...request, inputs }, live);
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const state = checkpoint(error.live, inputs, olds, managerOf(withoutMarks(olds)));
    throw new HalfMade(error.message, id, state, error.problems);
  }
}

function apiOf({ api, unreachable }: Connection): Api {
  if (api) return api;
  throw new Error(`configured Kubernetes cluster is unreachable: ${unreachable}`);
}

const problemsOf = (error: unknown): readonly string[] => (error instanceof NotReady ? error.problems : []);

/** What the next step of the same `up` may put right: a namespace that is not there yet, an object to be replaced. */
function isExpectedInPreview(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === 403 || error.reason === 'AlreadyExists' || (error.code === 404 && error.about === 'namespaces');
}
