import type { Check } from './check';

/** Threshold and risk parameters in force are those that were declared. */
export const limitsAsDeclared: Check = {
  name: 'threshold and risk parameters',
  async run({ get, running }) {
    const { body } = await get('backend', '/health');
    const found = (body.config ?? {}) as Record<string, unknown>;
    const expected = { confidenceThreshold: running.confidenceThreshold, ...running.risk };
    const wrong = Object.entries(expected).filter(([name, value]) => found[name] !== value);
    if (wrong.length === 0) return undefined;
    return wrong.map(([name, value]) => `${name}: expected ${value}, received ${String(found[name])}`).join('; ');
  },
};
