/** The form of a value, as the types of `@pulumi/kubernetes` give it. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'any' }
  /** One of these words, such as the kind of an object. */
  | { readonly kind: 'word'; readonly words: readonly string[] }
  /** A number or a string, such as a port. */
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  | { readonly kind: 'array'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | ObjectShape;

export interface ObjectShape {
  readonly kind: 'object';
  readonly properties: Readonly<Record<string, { readonly required: boolean; readonly shape: Shape }>>;
}

/** The inputs of every resource that the stand-in serves, by its token. */
export type Shapes = Readonly<Record<string, ObjectShape>>;

export type Properties = Readonly<Record<string, unknown>>;

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** What the engine has in place of a value that is not known before something else is created. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Compares a value with its shape: unknown and missing names, other kinds, at any depth. Pure. */
export function checkShape(value: unknown, shape: Shape, at = ''): Failure[] {
  if (value === unknownValue || value === undefined || value === null) return [];
  const wrong = (expected: string) => [{ property: at, reason: `expected ${expected}, received ${told(value)}` }];
  switch (shape.kind) {
    case 'any':
      return [];
    case 'word':
      return shape.words.includes(value as string) ? [] : wrong(shape.words.map((word) => `"${word}"`).join(' or '));
    case 'either':
      return shape.of.some((one) => checkShape(value, one).length === 0)
        ? []
        : wrong(shape.of.map(({ kind }) => `a ${kind}`).join(' or '));
    case 'array':
      if (!Array.isArray(value)) return wrong('a list');
      return value.flatMap((item, index) => checkShape(item, shape.of, `${at}[${index}]`));
    case 'map':
      if (!isObject(value)) return wrong('an object');
      return given(value).flatMap(([name, item]) => checkShape(item, shape.of, below(at, name)));
    case 'object':
      return isObject(value) ? checkProperties(value, shape, at) : wrong('an object');
    default:
      return typeof value === shape.kind ? [] : wrong(`a ${shape.kind}`);
  }
}

function checkProperties(value: Properties, shape: ObjectShape, at: string): Failure[] {
  const names = new Set(given(value).map(([name]) => name));
  const missing = Object.entries(shape.properties)
    .filter(([name, { required }]) => required && !names.has(name))
    .map(([name]) => ({ property: below(at, name), reason: 'a required input is missing' }));
  const failures = given(value).flatMap(([name, item]) => {
    const known = shape.properties[name];
    if (known) return checkShape(item, known.shape, below(at, name));
    return [{ property: below(at, name), reason: 'an input that the schema of @pulumi/kubernetes does not know' }];
  });
  return [...missing, ...failures];
}

export function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether anything in it is not known yet. */
export function hasUnknown(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasUnknown);
  return value === unknownValue;
}

const given = (value: Properties) => Object.entries(value).filter(([, item]) => item !== undefined && item !== null);

const below = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`);

/** What a value is, without what it says: it may be a secret. */
function told(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
