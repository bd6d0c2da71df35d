/**
 * The server's time as this page knows it, and how long ago the server spoke; until it has, since the page was loaded.
 * A machine that slept stops one of the browser's clocks: the larger span counts, so that nothing old looks new.
 */
export class ServerClock {
  private server: number | null = null;
  private wall = Date.now();
  private mono = performance.now();

  /** @param server the server's time in what it said, milliseconds since the epoch */
  hear(server: number): void {
    this.server = server;
    this.wall = Date.now();
    this.mono = performance.now();
  }

  /** Milliseconds since the server spoke. */
  silence(): number {
    return Math.max(0, Date.now() - this.wall, performance.now() - this.mono);
  }

  /** When the server spoke last, by its own clock; null where it never has. */
  lastWord(): number | null {
    return this.server;
  }

  /** The server's time now; null where it never spoke. */
  now(): number | null {
    return this.server === null ? null : this.server + this.silence();
  }
}
