/** The form of a value, as the types of `@pulumi/docker` give it. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' }
  | { readonly kind: 'array'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | ObjectShape;

export interface ObjectShape {
  readonly kind: 'object';
  readonly properties: Readonly<Record<string, { readonly required: boolean; readonly shape: Shape }>>;
}

/** Inputs of every resource that the stand-in serves. */
export interface Shapes {
  readonly container: ObjectShape;
  readonly network: ObjectShape;
  readonly volume: ObjectShape;
}

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** What the engine has in place of a value that is not known before something else is created. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** What the official provider writes among the inputs: which of them it filled in. */
export const defaultsKey = '__defaults';

/** Compares a value with its shape: unknown and missing names, other kinds, at any depth. Pure. */
export function checkShape(value: unknown, shape: Shape, at = ''): Failure[] {
  if (value === unknownValue || value === undefined || value === null) return [];
  const wrong = (reason: string) => [{ property: at, reason }];
  if (shape.kind === 'array') {
    if (!Array.isArray(value)) return wrong(`expected a list, received ${kindOf(value)}`);
    return value.flatMap((item, index) => checkShape(item, shape.of, `${at}[${index}]`));
  }
  if (shape.kind === 'map' || shape.kind === 'object') {
    if (kindOf(value) !== 'object') return wrong(`expected an object, received ${kindOf(value)}`);
    const entries = Object.entries(value as Record<string, unknown>).filter(([name]) => name !== defaultsKey);
    const path = (name: string) => (at === '' ? name : `${at}.${name}`);
    if (shape.kind === 'map') return entries.flatMap(([name, item]) => checkShape(item, shape.of, path(name)));
    const names = new Set(entries.filter(([, item]) => item !== undefined && item !== null).map(([name]) => name));
    const missing = Object.entries(shape.properties)
      .filter(([name, { required }]) => required && !names.has(name))
      .map(([name]) => ({ property: path(name), reason: 'a required input is missing' }));
    const failures = entries.flatMap(([name, item]) => {
      const known = shape.properties[name];
      if (known) return checkShape(item, known.shape, path(name));
      return [{ property: path(name), reason: 'an input that the schema of @pulumi/docker does not know' }];
    });
    return [...missing, ...failures];
  }
  if (kindOf(value) !== shape.kind) return wrong(`expected a ${shape.kind}, received ${kindOf(value)}`);
  if (shape.kind === 'number' && !Number.isInteger(value)) return wrong(`expected a whole number, received ${value}`);
  return [];
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : typeof value;
}
