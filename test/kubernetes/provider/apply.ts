import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, isRefusal, type Live, pathOf } from './api';
import type { Connection } from './connect';
import { creator, leaveIgnored, takeOver } from './field-managers';
import type { Kind } from './kinds';
import type { Properties } from './shape';

/** How an object is written. */
export interface Writing {
  readonly kind: Kind;
  readonly inputs: Properties;
  /** Who sets the fields, kept in the engine's state. */
  readonly manager: string;
  /** Only asks the server what would come of it. */
  readonly preview: boolean;
}

const applyType = 'application/apply-patch+yaml';

/** Pauses before another attempt where a namespace is not there yet, milliseconds. */
const retryMs = [1000, 2000, 4000];

/**
 * Creates an object; unlike an apply this leaves alone what is there already, unless the provider is set to upsert.
 * @throws ApiError what the server refuses, `AlreadyExists` among it
 */
export async function createObject(connection: Connection, api: Api, writing: Writing): Promise<Live> {
  const { kind, inputs, manager, preview } = writing;
  const common = { fieldValidation: 'Strict', ...(preview ? { dryRun: 'All' } : {}) };
  const attempt = () => {
    if (connection.upsert) {
      const force = String(preview || isForced(connection, inputs));
      const query = { ...common, fieldManager: manager, force };
      return api.request('PATCH', pathOf(kind, nameOf(inputs)), { query, body: inputs, contentType: applyType });
    }
    const { namespace } = nameOf(inputs);
    const query = { ...common, fieldManager: creator };
    return api.request('POST', pathOf(kind, { namespace }), { query, body: inputs });
  };
  for (const pause of preview ? [] : retryMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
    await sleep(pause);
  }
  return attempt();
}

/**
 * Applies inputs to an object that exists.
 * @throws ApiError what the server refuses, conflicts with those who set the same fields among it
 */
export async function updateObject(
  connection: Connection,
  api: Api,
  { kind, inputs, manager, preview }: Writing,
  ignored: readonly string[],
): Promise<{ before: Live; after: Live }> {
  const path = pathOf(kind, nameOf(inputs));
  const before = await api.request('GET', path);
  const live = preview ? before : await takeFields(api, path, before, manager);
  const created = (live.metadata.managedFields ?? []).some((entry) => entry.manager === creator);
  const query = {
    fieldManager: manager,
    fieldValidation: 'Strict',
    // A preview takes over no fields, so that what was only created would be a conflict with itself.
    force: String(isForced(connection, inputs) || (preview && created)),
    ...(preview ? { dryRun: 'All' } : {}),
  };
  const body = leaveIgnored(inputs, live, manager, ignored);
  try {
    return { before, after: await api.request('PATCH', path, { query, body, contentType: applyType }) };
  } catch (error) {
    if (!isRefusal(error, 409)) throw error;
    throw new Error(`server-side apply field conflict detected for field manager "${manager}": ${error.message}`);
  }
}

async function takeFields(api: Api, path: string, found: Live, manager: string): Promise<Live> {
  for (let live = found; ; live = await api.request('GET', path)) {
    const value = takeOver(live.metadata.managedFields ?? [], manager);
    if (!value) return live;
    const body = [
      { op: 'replace', path: '/metadata/managedFields', value },
      { op: 'replace', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
    ];
    try {
      return await api.request('PATCH', path, { body, contentType: 'application/json-patch+json' });
    } catch (error) {
      // A controller was faster, which sets the status at any time.
      if (!isRefusal(error, 409)) throw error;
    }
  }
}

export function nameOf(object: Properties): { name: string; namespace?: string } {
  return object.metadata as { name: string; namespace?: string };
}

/** An annotation of an object, such as those by which the official provider is told how to go about it. */
export function annotationOf(object: Properties, name: string): string | undefined {
  const { annotations } = (object.metadata ?? {}) as { annotations?: Record<string, string> };
  return annotations?.[name];
}

const isForced = ({ force }: Connection, inputs: Properties) =>
  force || annotationOf(inputs, 'pulumi.com/patchForce') === 'true';
