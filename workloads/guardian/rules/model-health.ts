import { heldMs, type Rule, type Sample } from './rule';

/** How long the model may be degraded, milliseconds. */
const limitMs = 5 * 60 * 1000;

/** The model has been degraded for more than five minutes, by its own word or the backend's. */
export const modelHealth: Rule = {
  name: 'model-health',
  trips: ({ samples }) => {
    const degradedMs = heldMs(samples, isDegraded);
    if (degradedMs <= limitMs) return null;
    return `the model has been degraded for ${Math.round(degradedMs / 1000)} s, at most ${limitMs / 1000} s`;
  },
};

/** A model service that says nothing is not well; a backend that says nothing says nothing about the model. */
function isDegraded({ backend, modelService }: Sample): boolean {
  return modelService?.ok !== true || backend?.modelOk === false;
}
