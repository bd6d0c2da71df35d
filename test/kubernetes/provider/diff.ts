import { isDeepStrictEqual } from 'node:util';
import { type Kind, type Mutability, replacedPaths } from './kinds';
import { isObject, type Properties } from './shape';

export type Change = 'add' | 'update' | 'delete';
export type Path = readonly (string | number)[];

export interface Difference {
  readonly changes: readonly { readonly path: Path; readonly change: Change; readonly replaces: boolean }[];
  readonly deleteBeforeReplace: boolean;
}

/** The engine's state of an object, taken apart: the inputs it was applied with, and what the server said of it. */
export function partsOf(state: Properties): { inputs: Properties; live: Properties } {
  const { __inputs, __initialApiVersion, __fieldManager, ...live } = state;
  return { inputs: isObject(__inputs) ? __inputs : {}, live };
}

/**
 * What of an object is no longer as it was asked for: the last that the server said of it, as far as the inputs of then
 * name it, against the inputs of now. What someone else added is not seen. Pure.
 * @param ignored paths that the program asked to ignore, such as `spec.replicas`
 */
export function diffInputs(
  kind: Kind,
  state: Properties,
  news: Properties,
  mutable: Mutability,
  ignored: readonly string[] = [],
): Difference {
  const { inputs, live } = partsOf(state);
  const found = prune(live, inputs) as Properties;
  const replaced = replacedPaths(kind, news, mutable);
  const changes = changesIn(found, news, [])
    .filter(({ path }) => !ignored.some((one) => isWithin(path, one)))
    .map(({ path, change, value }) => ({
      path,
      change,
      replaces: replaced.some((one) => isWithin(path, one) || (change !== 'delete' && reaches(path, value, one))),
    }));
  const identity = (object: Properties) => {
    const { name, namespace } = (object.metadata ?? {}) as Properties;
    return [name, namespace];
  };
  return {
    changes,
    deleteBeforeReplace: changes.some(({ replaces }) => replaces) && isDeepStrictEqual(identity(live), identity(news)),
  };
}

/** As much of a value as another one of the same form names; of a list as many items. Pure. */
export function prune(value: unknown, like: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(like)) {
    return like.slice(0, value.length).map((item, index) => prune(value[index], item));
  }
  if (!isObject(value) || !isObject(like)) return value;
  const kept = Object.keys(value).filter((name) => name in like);
  return Object.fromEntries(kept.map((name) => [name, prune(value[name], like[name])]));
}

/** A path as the engine writes it. Pure. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (/[."[\]]/.test(part)) return `${text}["${part.replaceAll('"', '\\"')}"]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

interface Found {
  readonly path: Path;
  readonly change: Change;
  readonly value: unknown;
}

function changesIn(old: unknown, wanted: unknown, path: Path): Found[] {
  if (isObject(old) && isObject(wanted)) {
    const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
    return [...names].flatMap((name) => changesIn(old[name], wanted[name], [...path, name]));
  }
  if (Array.isArray(old) && Array.isArray(wanted)) {
    const places = Array.from({ length: Math.max(old.length, wanted.length) }, (_, index) => index);
    return places.flatMap((index) => changesIn(old[index], wanted[index], [...path, index]));
  }
  const isNone = (value: unknown) => value === undefined || value === null;
  if (isDeepStrictEqual(old, wanted) || (isNone(old) && isNone(wanted))) return [];
  return [{ path, change: isNone(wanted) ? 'delete' : isNone(old) ? 'add' : 'update', value: wanted }];
}

/** Whether a path is another one, or lies below it. */
function isWithin(path: Path, outer: string): boolean {
  const parts = outer.split('.');
  return parts.length <= path.length && parts.every((part, index) => String(path[index]) === part);
}

/** Whether a value that is new at a path brings something at another one, further down. */
function reaches(path: Path, value: unknown, further: string): boolean {
  const parts = further.split('.');
  if (parts.length <= path.length || !path.every((part, index) => String(part) === parts[index])) return false;
  let inner = value;
  for (const part of parts.slice(path.length)) inner = isObject(inner) ? inner[part] : undefined;
  return inner !== undefined;
}
