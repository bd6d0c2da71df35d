import type { ServerResponse } from 'node:http';
import type { LiveParts } from '../../report/live/page';

/** What is said to a page, beside the parts that have changed. */
export interface Word extends LiveParts {
  readonly server: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A browser keeps six connections to a server, of all its pages together: two must be left, or the button that halts
 * would wait for ever.
 */
const mostStreams = 4;
/** A page that takes nothing in while this much waits for it is let go, bytes. */
const mostWaiting = 1_000_000;

/** The pages that are open, each with the parts that it was given last. */
export class Streams {
  private readonly open = new Map<ServerResponse, Map<string, string>>();

  get size(): number {
    return this.open.size;
  }

  /** Answers a page with a stream. The newest page counts: the oldest is told to go where there are too many. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'keep-alive' });
    response.write('retry: 1000\n\n');
    this.open.set(response, new Map());
    response.on('close', () => this.open.delete(response));
    if (this.open.size <= mostStreams) return;
    const [oldest] = this.open.keys();
    this.open.delete(oldest!);
    oldest!.end('event: displaced\ndata: {}\n\n');
  }

  /** Tells every page what is new to it; also where nothing is, so that it knows that we live. */
  tell({ parts, ...word }: Word): void {
    for (const [response, known] of this.open) {
      const changed = Object.entries(parts).filter(([name, text]) => known.get(name) !== text);
      for (const [name, text] of changed) known.set(name, text);
      // JSON has no line ends, and an event's data ends with its line.
      response.write(`event: state\ndata: ${JSON.stringify({ ...word, parts: Object.fromEntries(changed) })}\n\n`);
      if (response.writableLength > mostWaiting) response.destroy();
    }
  }

  close(): void {
    for (const response of this.open.keys()) response.end();
    this.open.clear();
  }
}
