import type { WriteStream } from 'node:tty';
import { readScreen, render } from './screen';

/** How long a verb may say nothing, milliseconds. */
const silenceMs = 1000;
/** Back to the beginning of the line, and the line empty. */
const clearLine = '\r\u001b[2K';

/**
 * What a verb tells meanwhile, on standard error. Where nothing was told for a second, a terminal shows for how long the
 * verb has been at work, in a line that goes away again.
 */
export class Ticker {
  private timer: NodeJS.Timeout | undefined;
  private verb = '';
  private started = 0;
  private isShown = false;
  private isHeld = false;

  constructor(private readonly stream: Pick<WriteStream, 'write'> & Partial<WriteStream>) {}

  /** @param isQuiet shows no time: a script asked, not a person */
  start(verb: string, isQuiet: boolean): void {
    this.verb = verb;
    this.started = Date.now();
    if (isQuiet || !readScreen(this.stream).rewrites) return;
    // It must not keep the process from ending.
    this.timer = setInterval(() => this.show(), silenceMs).unref();
  }

  /** Tells one thing, on a line of its own. */
  tell(message: string): void {
    this.clear();
    this.stream.write(`${render(message, readScreen(this.stream))}\n`);
    this.timer?.refresh();
  }

  /** While something waits for a person, no time is shown. */
  hold(): void {
    this.clear();
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    if (this.isHeld) return;
    const seconds = Math.round((Date.now() - this.started) / 1000);
    this.stream.write(`${clearLine}${this.verb} ... ${seconds} s`);
    this.isShown = true;
  }

  private clear(): void {
    if (this.isShown) this.stream.write(clearLine);
    this.isShown = false;
  }
}

/** The one of this process. */
export const ticker = new Ticker(process.stderr);
