import { randomBytes } from 'node:crypto';
import type { Live } from './api';
import { creator } from './field-managers';
import { markedLike } from './secrets';
import { isObject, type Properties } from './shape';

/**
 * An object as the engine keeps it: what the server said, the inputs it was applied with, and who sets its fields. What
 * is secret among the inputs is so here too. Pure.
 * @param marked the inputs as the engine gave them, with its marks of what is secret
 */
export function checkpoint(live: Properties, inputs: Properties, marked: Properties, manager: string): Properties {
  return {
    ...markedLike(live, marked),
    __inputs: markedLike(inputs, marked),
    __initialApiVersion: inputs.apiVersion,
    __fieldManager: manager,
  };
}

/** Who sets an object's fields: the one of the engine's state, or a new one for a new object. */
export function managerOf(state: Properties): string {
  const known = state.__fieldManager;
  return typeof known === 'string' ? known : `${creator}-${randomBytes(4).toString('hex')}`;
}

/** How the engine knows an object. */
export function idOf({ metadata: { namespace, name } }: Live): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The other way. */
export function nameOfId(id: string): { name: string; namespace?: string } {
  const [first = '', second] = id.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** Inputs of an object that was not created here but is taken into the engine's state as it is. Pure. */
export function inputsOfLive(live: Live): Properties {
  const { status: _, metadata, ...rest } = live;
  const { name, namespace, labels, annotations } = metadata as Properties;
  const given = Object.entries({ name, namespace, labels, annotations }).filter(([, value]) => isGiven(value));
  return { ...rest, metadata: Object.fromEntries(given) };
}

const isGiven = (value: unknown) => value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
