import type { Check } from './check';

/** The model that is loaded is the one that was declared, by version and by digest. */
export const modelAsDeclared: Check = {
  name: 'model version and digest',
  async run({ get, running }) {
    const { body } = await get('model-service', '/health');
    if (body.model_loaded !== true) return 'no model is loaded';
    const { version, digest } = running.model;
    if (body.model_version !== version) return `expected version ${version}, received ${String(body.model_version)}`;
    return body.model_digest === digest ? undefined : `expected ${digest}, received ${String(body.model_digest)}`;
  },
};
