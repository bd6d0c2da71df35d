import type { Strategy } from './strategy';

/** Below this relative strength (0..100) a symbol counts as oversold. */
export const oversold = 35;
/** Above this one it has recovered. */
export const recovered = 55;

/** Buys what has fallen too far, if the model allows it, and sells once it has recovered. */
export const meanReversion: Strategy = ({ holding, features, consensus }) => {
  if (!holding) return features.rsi_14 < oversold && consensus.allow ? 'buy' : 'wait';
  return features.rsi_14 > recovered ? 'sell' : 'wait';
};
