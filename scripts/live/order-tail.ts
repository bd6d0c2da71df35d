import type { OrderCounts, OrderRow } from '../../report/live/answers';

/** How many orders are shown. */
const most = 20;
/** How far back of the end the first question begins. */
const back = 100;
const page = 500;

/**
 * The newest orders of the gateway's record, which can only be read from a place on: begins near the end, which the
 * gateway's counts tell, and goes on from there.
 */
export class OrderTail {
  private cursor: number | null = null;
  private newest: readonly OrderRow[] = [];

  /** @param fetchOrders orders after an id, oldest first */
  constructor(private readonly fetchOrders: (since: number, limit: number) => Promise<readonly OrderRow[]>) {}

  /** @param counts as the gateway has them now @returns newest first */
  async read({ accepted, refused }: OrderCounts): Promise<readonly OrderRow[]> {
    const total = Object.values(refused).reduce((sum, count) => sum + count, accepted);
    // Fewer than there were: it is another record.
    if (this.cursor === null || total < this.cursor) {
      this.cursor = Math.max(0, total - back);
      this.newest = [];
    }
    const found = await this.fetchOrders(this.cursor, page);
    this.cursor = found.reduce((last, { id }) => Math.max(last, id), this.cursor);
    this.newest = [...[...found].reverse(), ...this.newest].slice(0, most);
    return this.newest;
  }
}
