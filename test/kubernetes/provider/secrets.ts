import { isObject, type Properties } from './shape';

// How the engine marks a secret in the values that it exchanges with a provider.
const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

const isSecret = (value: unknown): value is Properties => isObject(value) && value[signatureKey] === secretSignature;

export const makeSecret = (value: unknown): Properties => ({ [signatureKey]: secretSignature, value });

/** The values alone, as the API takes them. Pure. */
export function withoutMarks<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutMarks) as T;
  if (!isObject(value)) return value;
  if (isSecret(value)) return withoutMarks(value.value) as T;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutMarks(item)])) as T;
}

/**
 * Marks in what is given back to the engine what was marked in the inputs. A list with a secret in it is one as a whole,
 * since a server may order it anew. The data of a Secret always is. Pure.
 */
export function markedLike(value: Properties, inputs: Properties): Properties {
  const marked = Object.entries(value).map(([name, item]) => {
    if (value.kind === 'Secret' && (name === 'data' || name === 'stringData')) return [name, makeSecret(item)];
    const input = inputs[name];
    if (isObject(item) && isObject(input) && !isSecret(input)) return [name, markedLike(item, input)];
    return [name, hasSecret(input) ? makeSecret(item) : item];
  });
  return Object.fromEntries(marked);
}

function hasSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isSecret(value) || Object.values(value).some(hasSecret);
}
