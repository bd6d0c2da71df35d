import type { Features } from '../../../market/features';

/** What a strategy sees at the close of a candle. */
export interface View {
  readonly holding: boolean;
  /** Candles closed since the buy; infinite when the position comes from another feed, whose time says nothing. */
  readonly candlesHeld: number;
  readonly features: Features;
  readonly consensus: Consensus;
}

/** The backend's opinion: may a buy pass, and the probability (0..1) that the price is higher five candles later. */
export interface Consensus {
  readonly allow: boolean;
  readonly confidence: number;
}

/** A trading strategy: a pure choice per signal window. Buys only when flat and sells only when holding count. */
export type Strategy = (view: View) => 'buy' | 'sell' | 'wait';
