import type { Strategy } from './strategy';

/** The model looks five candles ahead, so its opinion is used up after five. */
export const holdCandles = 5;
const exitConfidence = 0.5;

/** Follows the model: buys what it allows, and sells after five candles or when a fall becomes more likely than a rise. */
export const momentum: Strategy = ({ holding, candlesHeld, consensus }) => {
  if (!holding) return consensus.allow ? 'buy' : 'wait';
  return candlesHeld >= holdCandles || consensus.confidence < exitConfidence ? 'sell' : 'wait';
};
