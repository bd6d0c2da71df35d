import { z } from 'zod';
import { namespace } from '../../config';
import { settings } from '../../settings';

/** The JSON Schema of a stack's config file, for editors: completion, descriptions, and errors as one types. */
export function stackFileSchema(): object {
  const { $schema, properties = {}, required = [] } = z.toJSONSchema(settings, { io: 'input' });
  // The engine knows no fractions and hands them over as text, so that they may be text in the file too.
  const typed = Object.entries(properties).map(([name, schema]) => [
    name,
    typeof schema === 'object' && schema.type === 'number' ? orText(schema) : schema,
  ]);
  const key = (name: string) => `${namespace}:${name}`;
  return {
    $schema,
    title: 'Config of a Cutover stack',
    type: 'object',
    properties: {
      config: {
        type: 'object',
        properties: Object.fromEntries(typed.map(([name, schema]) => [key(name as string), schema])),
        required: required.map(key),
        // Other packages' settings, such as a provider's, may stand beside ours; of ours none is unknown.
        propertyNames: { anyOf: [{ enum: Object.keys(properties).map(key) }, { not: { pattern: `^${namespace}:` } }] },
      },
      encryptionsalt: { type: 'string', description: 'Written by the engine.' },
      secretsprovider: { type: 'string', description: 'Written by the engine.' },
    },
    required: ['config'],
    additionalProperties: false,
  };
}

function orText({ default: given, description, ...number }: z.core.JSONSchema.BaseSchema): object {
  return { anyOf: [number, { type: 'string', pattern: '^[0-9]*\\.?[0-9]+$' }], default: given, description };
}
