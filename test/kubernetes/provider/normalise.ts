import { canonicalQuantity } from './quantity';
import { isObject, type Properties, type Shape, unknownValue } from './shape';

/** Where an empty string, list or map says something else than nothing. */
const keptEmpty = ['storageClassName', 'volumeAttributesClassName', 'apiGroup', 'rules'];

/** Where false is the same as nothing; elsewhere it is not. */
const droppedFalse = [
  ...['hostIPC', 'hostNetwork', 'hostPID', 'paused', 'publishNotReadyAddresses', 'readOnly', 'stdin', 'stdinOnce'],
  'tty',
];

/** The same for zero. */
const droppedZero = [
  ...['failureThreshold', 'healthCheckNodePort', 'hostPort', 'initialDelaySeconds', 'minReadySeconds', 'nodePort'],
  ...['periodSeconds', 'successThreshold', 'timeoutSeconds'],
];

/** Maps of quantities, and single ones. */
const quantityMaps = ['hard', 'limits', 'requests'];
const quantities = ['divisor', 'sizeLimit'];

/**
 * Inputs as the official provider hands them to policies, to its own comparison and to the server: what says nothing is
 * left out, quantities are in their canonical form, the strings of a Secret are among its data. Where something is not
 * known yet they stay as they are. Pure.
 */
export function normalise(inputs: Properties, shape: Shape): Properties {
  if (inputs.kind !== 'Secret') return within(inputs, shape) as Properties;
  const { stringData, ...rest } = inputs;
  if (!isObject(stringData) || Object.keys(stringData).length === 0) return inputs;
  const encoded = Object.entries(stringData).map(([name, text]) => [
    name,
    Buffer.from(String(text)).toString('base64'),
  ]);
  return { ...rest, data: { ...(rest.data as Properties | undefined), ...Object.fromEntries(encoded) } };
}

function within(value: unknown, shape: Shape): unknown {
  if (shape.kind === 'array' && Array.isArray(value)) return value.map((item) => within(item, shape.of));
  if (shape.kind !== 'object' || !isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([name, item]) => {
    const property = shape.properties[name];
    if (!property || item === undefined || item === null) return [];
    const normal = quantityAt(name, within(item, property.shape));
    return !property.required && saysNothing(name, normal, property.shape) ? [] : [[name, normal] as const];
  });
  return Object.fromEntries(kept);
}

function quantityAt(name: string, value: unknown): unknown {
  if (quantities.includes(name) && typeof value === 'string') return canonicalQuantity(value);
  if (!quantityMaps.includes(name) || !isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, canonicalQuantity(String(item))]));
}

function saysNothing(name: string, value: unknown, shape: Shape): boolean {
  if (value === unknownValue || keptEmpty.includes(name)) return false;
  if (value === false) return droppedFalse.includes(name);
  if (value === 0) return droppedZero.includes(name);
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || (shape.kind === 'map' && isObject(value) && Object.keys(value).length === 0);
}
