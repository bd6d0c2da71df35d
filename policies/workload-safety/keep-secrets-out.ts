import type { Check } from './check';
import { isSecretUnder, secretForm } from './secret-shape';
import { listTexts, type Text } from './texts';

/**
 * A secret in the inputs of a resource is in the program, in the engine's state and in what every observer of the
 * platform is shown. The message names the place and never the value.
 */
export const keepSecretsOut: Check = {
  name: 'keep-secrets-out',
  description: 'No secret stands in plain text in an environment, a command or a ConfigMap.',
  find: ({ type, props, units }) => {
    // A Secret is where secrets belong; who may read it is a matter of rights.
    if (/^kubernetes:core\/v1:Secret/.test(type)) return [];
    if (units.length === 0 && !/^(kubernetes|docker):/.test(type)) return [];
    const found = listTexts(props).flatMap((text) => describe(text) ?? []);
    return [...new Set(found)];
  },
};

function describe({ where, name, value }: Text): string | undefined {
  const form = secretForm(value);
  if (form !== undefined) return `${where} holds ${form} in plain text: ${remedy}`;
  return name !== '' && isSecretUnder(name, value) ? `${where} holds a secret in plain text: ${remedy}` : undefined;
}

const remedy = 'expected the path of a file that is mounted';
