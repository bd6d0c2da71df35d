import { randomBytes } from 'node:crypto';
import type { Attributes } from './attributes';
import { checkShape, defaultsKey, type Failure, type ObjectShape } from './shape';

export type Properties = Readonly<Record<string, unknown>>;

/** The inputs with what the official provider fills in, or why they are refused. */
export function checkInputs(
  resourceName: string,
  olds: Properties,
  news: Properties,
  shape: ObjectShape,
  attributes: Attributes,
): { inputs: Properties; failures: Failure[] } {
  const failures = [...checkShape(news, shape), ...refuseUnsupported(news, attributes.unsupported)];
  const inputs: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(news)) {
    if (value === undefined || value === null) continue;
    const nested = attributes.nestedDefaults[name];
    inputs[name] = nested ? fillNested(value, nested) : value;
  }
  // A name that was made up once stays.
  const made = list(olds[defaultsKey]).includes('name') ? olds.name : undefined;
  const name = made ?? `${resourceName}-${randomBytes(4).toString('hex').slice(0, 7)}`;
  return { inputs: fill(inputs, { ...attributes.defaults, name }), failures };
}

function fillNested(value: unknown, defaults: Properties): unknown {
  if (Array.isArray(value)) return value.map((item) => fillNested(item, defaults));
  return typeof value === 'object' ? fill(value as Properties, defaults) : value;
}

function fill(given: Properties, defaults: Properties): Properties {
  const filled = Object.keys(defaults).filter((name) => given[name] === undefined);
  const added = Object.fromEntries(filled.map((name) => [name, defaults[name]]));
  return { ...given, ...added, [defaultsKey]: filled.sort() };
}

/** What would be left out in silence is refused instead. */
function refuseUnsupported(news: Properties, unsupported: readonly string[]): Failure[] {
  return unsupported
    .filter((path) => isGiven(news, path.split(/\[\]\.|\./)))
    .map((property) => ({
      property,
      reason: 'the stand-in for the plugin of @pulumi/docker does not apply this input',
    }));
}

function isGiven(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((item) => isGiven(item, path));
  const [first, ...rest] = path;
  if (first === undefined) return value !== undefined && value !== null && value !== false;
  return typeof value === 'object' && value !== null && isGiven((value as Properties)[first], rest);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
