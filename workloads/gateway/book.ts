import { feeFraction, fillPrice, type Side } from '../../market/fill';

/** The cash that a book starts with, in USD; it is also what an account at the simulated venue has. */
export const startingCashUsd = 100_000;

/** A sell within this fraction of the whole position closes it: between looking and selling the price moves a little. */
export const closeTolerance = 0.005;

export interface Position {
  readonly qty: number;
  readonly avgPriceUsd: number;
}

/** A book. Realized profit is before fees; `peakUsd` is the highest equity seen. */
export interface Book {
  readonly cashUsd: number;
  readonly realizedPnlUsd: number;
  readonly feesUsd: number;
  readonly peakUsd: number;
  readonly positions: ReadonlyMap<string, Position>;
}

export interface Fill {
  readonly symbol: string;
  readonly side: Side;
  readonly qty: number;
  readonly priceUsd: number;
  readonly feeUsd: number;
}

export type FillRefusal = 'insufficient_cash' | 'insufficient_position';

export const emptyBook: Book = {
  cashUsd: startingCashUsd,
  realizedPnlUsd: 0,
  feesUsd: 0,
  peakUsd: startingCashUsd,
  positions: new Map(),
};

/** What a market order for `qtyUsd` would be filled as at a close of `closeUsd`, or why it cannot be. */
export function quoteFill(
  book: Book,
  order: { symbol: string; side: Side; qtyUsd: number },
  closeUsd: number,
): Fill | FillRefusal {
  const { symbol, side, qtyUsd } = order;
  const priceUsd = fillPrice(side, closeUsd);
  if (side === 'buy') {
    const feeUsd = qtyUsd * feeFraction;
    if (qtyUsd + feeUsd > book.cashUsd) return 'insufficient_cash';
    return { symbol, side, qty: qtyUsd / priceUsd, priceUsd, feeUsd };
  }
  const held = book.positions.get(symbol)?.qty ?? 0;
  const asked = qtyUsd / priceUsd;
  const qty = Math.abs(asked - held) <= held * closeTolerance ? held : asked;
  if (qty > held) return 'insufficient_position';
  return { symbol, side, qty, priceUsd, feeUsd: qty * priceUsd * feeFraction };
}

/** The paper book has no debts and no short positions; of a live account the venue decides. */
export type BookBounds = 'none_below_zero' | 'as_the_venue_says';

/** The book after a fill. @throws RangeError for a fill that would leave cash or a position below its bounds */
export function applyFill(book: Book, fill: Fill, bounds: BookBounds = 'none_below_zero'): Book {
  const held = book.positions.get(fill.symbol) ?? { qty: 0, avgPriceUsd: 0 };
  const valueUsd = fill.qty * fill.priceUsd;
  const signed = fill.side === 'buy' ? fill.qty : -fill.qty;
  const qty = held.qty + signed;
  const cashUsd = clampDust(book.cashUsd - signed * fill.priceUsd - fill.feeUsd);
  if (bounds === 'none_below_zero' && !(qty >= 0 && cashUsd >= 0))
    throw new RangeError(
      `the fill ${JSON.stringify(fill)} does not fit a book with ${book.cashUsd} USD and ${held.qty}`,
    );
  // What turns a position nearer to 0 realizes profit; what goes through 0 opens the rest at the fill's price.
  const closes = Math.sign(held.qty) * Math.sign(signed) < 0 ? Math.min(Math.abs(held.qty), fill.qty) : 0;
  const through = fill.qty > closes && closes > 0;
  const grown = (Math.abs(held.qty) * held.avgPriceUsd + valueUsd) / (Math.abs(held.qty) + fill.qty);
  const avgPriceUsd = closes === 0 ? grown : through ? fill.priceUsd : held.avgPriceUsd;
  const positions = new Map(book.positions);
  if (qty !== 0) positions.set(fill.symbol, { qty, avgPriceUsd });
  else positions.delete(fill.symbol);
  return {
    ...book,
    cashUsd,
    realizedPnlUsd: book.realizedPnlUsd + Math.sign(held.qty) * (fill.priceUsd - held.avgPriceUsd) * closes,
    feesUsd: book.feesUsd + fill.feeUsd,
    positions,
  };
}

/** Spending all cash may leave a rounding error below 0. */
function clampDust(cashUsd: number): number {
  return cashUsd < 0 && cashUsd > -1e-6 ? 0 : cashUsd;
}

/** The book's equity in USD; undefined when a symbol that is held has no mark. */
export function equityOf(book: Book, marksUsd: ReadonlyMap<string, number>): number | undefined {
  let equity = book.cashUsd;
  for (const [symbol, { qty }] of book.positions) equity += qty * (marksUsd.get(symbol) ?? Number.NaN);
  return Number.isNaN(equity) ? undefined : equity;
}

/** The book after its equity was seen. */
export function raisePeak(book: Book, equityUsd: number): Book {
  return equityUsd > book.peakUsd ? { ...book, peakUsd: equityUsd } : book;
}

/** How far the equity is below its peak, as a fraction of the peak, 0..1. */
export function drawdownOf(book: Book, equityUsd: number): number {
  return Math.min(1, Math.max(0, 1 - equityUsd / book.peakUsd));
}
