import type { ManagedFields } from './api';
import { isObject, type Properties } from './shape';

/** Who created what this provider creates, before its first update. */
export const creator = 'pulumi-kubernetes';

/** Those whose fields an update takes over, by how their names begin: kubectl in all its forms, and a creation. */
const takenOver = [
  { prefix: 'kubectl', operation: 'Apply' },
  { prefix: 'kubectl', operation: 'Update' },
  { prefix: 'before-first-apply', operation: 'Update' },
  { prefix: creator, operation: 'Update' },
  { prefix: 'pulumi-resource-kubernetes', operation: 'Update' },
];

/**
 * The managers of an object's fields after one of them has taken over those that the official provider takes over.
 * Without it, an apply would be refused as a conflict after any `kubectl set`. Pure.
 * @returns undefined where there is nothing to take over
 */
export function takeOver(entries: readonly ManagedFields[], manager: string): ManagedFields[] | undefined {
  const isTaken = (entry: ManagedFields) =>
    !entry.subresource &&
    !(entry.manager === manager && entry.operation === 'Apply') &&
    takenOver.some(({ prefix, operation }) => entry.manager.startsWith(prefix) && entry.operation === operation);
  const taken = entries.filter(isTaken);
  if (taken.length === 0) return undefined;
  const own = entries.find((entry) => entry.manager === manager && entry.operation === 'Apply');
  const all = own ? [own, ...taken] : taken;
  const fieldsV1 = all.map((entry) => entry.fieldsV1 ?? {}).reduce(merge);
  const others = entries.filter((entry) => entry !== own && !taken.includes(entry));
  return [...others, { ...all[0]!, manager, operation: 'Apply', fieldsV1 }];
}

function merge(one: Properties, other: Properties): Properties {
  const both = Object.entries(other).map(([name, value]) => {
    const known = one[name];
    return [name, isObject(known) && isObject(value) ? merge(known, value) : value];
  });
  return { ...one, ...Object.fromEntries(both) };
}

/**
 * Inputs as they are applied when some of them are to be ignored: without those that only others manage, else as they
 * are in the cluster. Pure.
 * @param ignored paths such as `spec.replicas`; those into lists are not supported
 */
export function leaveIgnored(
  inputs: Properties,
  live: Properties & { readonly metadata: { readonly managedFields?: readonly ManagedFields[] } },
  manager: string,
  ignored: readonly string[],
): Properties {
  return ignored.reduce<Properties>((object, text) => {
    if (text.includes('[')) throw new Error(`the stand-in does not ignore changes within lists, received "${text}"`);
    const path = text.split('.');
    const managed = (mine: boolean) =>
      (live.metadata.managedFields ?? []).some(
        (entry) => (entry.manager === manager) === mine && at(entry.fieldsV1, path, 'f:') !== undefined,
      );
    if (managed(false) && !managed(true)) return replaced(object, path, undefined);
    const found = at(live, path);
    return found === undefined ? object : replaced(object, path, found);
  }, inputs);
}

function at(value: unknown, path: readonly string[], prefix = ''): unknown {
  let inner = value;
  for (const part of path) inner = isObject(inner) ? inner[`${prefix}${part}`] : undefined;
  return inner;
}

function replaced(object: Properties, [first = '', ...rest]: readonly string[], value: unknown): Properties {
  const { [first]: inner, ...others } = object;
  if (rest.length === 0) return value === undefined ? others : { ...others, [first]: value };
  return { ...others, [first]: replaced(isObject(inner) ? inner : {}, rest, value) };
}
