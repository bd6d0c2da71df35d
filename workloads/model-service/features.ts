import { z } from 'zod';
import { ServiceError } from '../service';
import type { ModelMetadata } from './onnx';

const bodyShape = z.object({ features: z.record(z.string(), z.unknown()) });

/**
 * The model's input for a request's body: features in the model's order, missing ones filled with the neutral value.
 * @throws ServiceError 400 `invalid_features` with `failures`, one for every feature that is unknown or not finite
 */
export function inputOf(metadata: Pick<ModelMetadata, 'featureNames' | 'neutralValues'>, body: unknown): number[] {
  const { featureNames, neutralValues } = metadata;
  const parsed = bodyShape.safeParse(body);
  if (!parsed.success) throw invalid(['features: expected an object such as {"mom_20": 1.0}']);
  const { features } = parsed.data;
  const failures = Object.entries(features).flatMap(([name, value]) => {
    if (!featureNames.includes(name)) return [`${name}: unknown feature, expected ${featureNames.join(', ')}`];
    if (!Number.isFinite(value)) return [`${name}: expected a finite number, received ${show(value)}`];
    return [];
  });
  if (failures.length > 0) throw invalid(failures);
  return featureNames.map((name) =>
    Object.hasOwn(features, name) ? (features[name] as number) : neutralValues[name]!,
  );
}

/** `Infinity` has no JSON of its own, and it is what 1e999 in a body becomes. */
function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 80);
}

function invalid(failures: string[]): ServiceError {
  return new ServiceError(400, 'invalid_features', failures.join('; '), { failures });
}
