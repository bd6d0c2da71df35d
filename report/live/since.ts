import { type Html, html } from '../page/html';
import { showSpan, showTime } from '../page/show';
import type { LiveData, Source } from './data';

/** A time, and how long ago it was; the page's script lets the second go on. @param at and `now`, milliseconds */
export const showAgo = (at: number, now: number): Html =>
  html`${showTime(at)} <span class="age" data-since="${at}">(${showSpan(Math.max(1_000, now - at))} ago)</span>`;

/** Since when something has not answered, as the end of a sentence. */
export function silentSince({ answeredAt, problem }: Source<unknown>, { since, now }: LiveData): Html {
  const why = problem === null ? '' : `: ${problem}`;
  return answeredAt === null
    ? html`has not answered since it was first asked, ${showAgo(since, now)}${why}`
    : html`has not answered since ${showAgo(answeredAt, now)}${why}`;
}

/** Says that what follows is old, where it is. */
export function oldNote(who: string, source: Source<unknown>, data: LiveData): Html | null {
  if (source.isFresh) return null;
  const shown = source.value === null ? 'Nothing is known here' : 'What is shown here is from then';
  return html`<p class="note missing">${who} ${silentSince(source, data)}. ${shown}.</p>`;
}

/** A time that a service wrote, in the form of the other times; as it is, where it is none. */
export function showStamp(stamp: string | null): string | null {
  const at = stamp === null ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(at) ? stamp : showTime(at);
}
