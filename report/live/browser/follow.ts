import { stopCountdowns, tick } from './countdown';
import { morph } from './morph';
import { byId, metaOf, say, timeOfDay } from './page';
import { ServerClock } from './server-clock';

/** The server speaks four times a second; after this long without a word the page is old, milliseconds. */
const silentMs = 2_000;
/** How often the page looks at its clocks, milliseconds. */
const lookMs = 250;
/** A server that is away is asked again after this, milliseconds: less than `silentMs`, so that no old stream goes on. */
const againMs = 1_000;

interface Word {
  readonly server: string;
  readonly now: number;
  readonly title: string;
  /** Of the page's parts, those that are not as they were in the word before. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Whether somebody is about to halt, waits for it, or has its result before them: nothing may take that away. */
function isHalting(): boolean {
  return byId<HTMLDialogElement>('confirm').open || byId('halt-result').textContent !== '';
}

/** Keeps the page as the stack is, or says since when it is old. Comes back by itself. */
export function follow(): void {
  const clock = new ServerClock();
  const loadedFrom = metaOf('cutover-server');
  let stream: EventSource | undefined;
  let askedAt = 0;
  let isOld = false;
  let displaced = false;

  const connect = () => {
    stream?.close();
    askedAt = performance.now();
    stream = new EventSource('/events');
    stream.addEventListener('state', ({ data }) => hear(JSON.parse(data)));
    stream.addEventListener('displaced', () => {
      displaced = true;
      stream?.close();
      grow(
        'Another page has taken the place of this one, which is the oldest of those that were open. Reload it to go on.',
      );
    });
  };

  const hear = (word: Word) => {
    clock.hear(word.now);
    // Another start of the server has another script and token.
    if (word.server !== loadedFrom && !isHalting()) return location.reload();
    for (const [name, text] of Object.entries(word.parts)) {
      const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`);
      const fresh = document.createElement('template');
      fresh.innerHTML = text;
      if (part) morph(part, fresh.content);
    }
    if (document.title !== word.title) document.title = word.title;
    isOld = false;
    delete document.body.dataset.stale;
    say(byId('connection'), 'Live: this page follows the stack.');
    say(byId('heard'), timeOfDay(word.now));
    tick(word.now);
  };

  /** Marks the page as old, once. */
  const grow = (why: string) => {
    if (isOld) return;
    isOld = true;
    document.body.dataset.stale = '';
    document.title = `OLD - ${document.title}`;
    const last = clock.lastWord();
    const since = last === null ? 'since the page was loaded' : `since ${timeOfDay(last)} UTC`;
    say(byId('connection'), `OLD ${since}: ${why}`);
    const verdict = document.querySelector<HTMLElement>('[data-part="verdict"] .verdict');
    if (verdict) say(verdict, `Not known any more. At the last word: ${verdict.textContent}`);
    stopCountdowns();
  };

  const look = () => {
    if (displaced) return;
    if (clock.silence() <= silentMs) {
      const now = clock.now();
      if (now !== null && !isOld) tick(now);
      return;
    }
    grow('the server of this page does not answer. What is shown is from then. It is asked again and again.');
    // Always a new stream: every part comes anew with it, and some failures a browser does not try again after.
    if (performance.now() - askedAt > againMs) connect();
  };

  connect();
  setInterval(look, lookMs);
  document.addEventListener('visibilitychange', look);
}
