import { isDeepStrictEqual } from 'node:util';
import type { Attributes } from './attributes';
import { list, type Properties } from './check';
import { defaultsKey, type ObjectShape, unknownValue } from './shape';

export interface Difference {
  readonly changed: readonly string[];
  /** Those of them that cannot be changed in place. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/**
 * What a resource's state and the inputs asked for differ in, as the official provider sees it: false, zero and empty
 * are the same as not given. Pure.
 */
export function diffInputs(
  state: Properties,
  news: Properties,
  shape: ObjectShape,
  attributes: Attributes,
): Difference {
  const changed = Object.keys(shape.properties).filter((name) => {
    const wanted = complete(news[name], state[name], attributes.computedInside[name] ?? []);
    if (wanted === undefined && attributes.computed.includes(name)) return false;
    if (!wanted && attributes.emptyIsAny.includes(name)) return false;
    return hasUnknown(wanted) || !isDeepStrictEqual(normal(name, state[name]), normal(name, wanted));
  });
  const replaces = changed.filter((name) => {
    if (attributes.replacedByCount.includes(name)) return list(state[name]).length !== list(news[name]).length;
    return !attributes.updated.includes(name);
  });
  const ownName = !list(news[defaultsKey]).includes('name');
  const deleteBeforeReplace = replaces.length > 0 && (attributes.deleteFirst || (ownName && state.name === news.name));
  return { changed, replaces, deleteBeforeReplace };

  function normal(name: string, value: unknown): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => normal(name, item));
      if (attributes.ordered.includes(name)) return items.length === 0 ? undefined : items;
      const sorted = items.map((item) => JSON.stringify(item)).sort();
      return sorted.length === 0 ? undefined : sorted;
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value)
        .filter(([key]) => key !== defaultsKey)
        .map(([key, item]) => [key, normal(key, item)] as const)
        .filter(([, item]) => item !== undefined)
        .sort(([one], [other]) => (one < other ? -1 : 1));
      return entries.length === 0 ? undefined : Object.fromEntries(entries);
    }
    return value || undefined;
  }
}

/** A list with what the daemon chose in the same place of the state. */
function complete(wanted: unknown, found: unknown, names: readonly string[]): unknown {
  if (names.length === 0 || !Array.isArray(wanted)) return wanted;
  return wanted.map((item: Properties, index) => {
    const chosen = (list(found)[index] ?? {}) as Properties;
    return { ...Object.fromEntries(names.map((name) => [name, chosen[name]])), ...item };
  });
}

function hasUnknown(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasUnknown);
  return value === unknownValue;
}
