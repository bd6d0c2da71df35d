import type { Check } from './check';

/** The consensus smoke test: the backend asks the model that the posture names, and answers with a confidence. */
export const consensusAnswers: Check = {
  name: 'consensus smoke test',
  async run({ post, running }) {
    const { status, body } = await post('backend', '/api/ai/consensus', {
      symbol: running.symbols[0],
      features: { mom_20: 0.001 },
    });
    if (status !== 200) return `expected 200, received ${status}: ${String(body.message)}`;
    const { confidence, allow, model_version: version } = body;
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
      return `expected a confidence from 0 to 1, received ${String(confidence)}`;
    }
    if (allow !== confidence >= running.confidenceThreshold) return `allow is ${String(allow)} at ${confidence}`;
    return version === running.model.version
      ? undefined
      : `expected model ${running.model.version}, received ${String(version)}`;
  },
};
