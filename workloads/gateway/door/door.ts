import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Admission, GatewayMachine, type GatewayPorts, type Refusal } from '../../../protocol/gateway-machine';
import type { GatewayDisk, Outcome } from '../../../protocol/gateway-state';
import type { Pins, SignedClose, SignedOrder, SignedPermit } from '../../../protocol/messages';

/** How long the venue may take to answer, milliseconds. */
const [orderTimeoutMs, askTimeoutMs] = [3_000, 1_000];

/** Names this start of the gateway. */
export const gatewayStart: string = randomUUID();

/** What the venue said; where it did not answer `status` is 0 and `body` the error. Its time is in milliseconds. */
type Said = { readonly status: number; readonly body: unknown; readonly venueMs: number | null };
export type VenueAnswer = Said & { readonly outcome: Outcome };
type Request = (method: string, path: string, timeoutMs: number, sent?: object) => Promise<Said>;

export interface DoorParts extends Omit<GatewayPorts, 'clocks'> {
  readonly pins: Pins;
  /** What an earlier start has written. */
  readonly disk: GatewayDisk;
}

/**
 * Reads the venue's key, which stays here.
 * @returns what makes the door, once it is known whom it trusts
 * @throws Error naming the file when it cannot be read or is empty
 */
export function keepKey(url: string, keyFile: string): (parts: DoorParts) => Door {
  const key = readFileSync(keyFile, 'utf8').trim();
  if (key === '') throw new Error(`${keyFile}: expected an API key, received an empty file`);
  const request: Request = async (method, path, timeoutMs, sent) => {
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: { 'x-api-key': key, ...(sent && { 'content-type': 'application/json' }) },
        ...(sent && { body: JSON.stringify(sent) }),
      });
      const time = Number(response.headers.get('x-venue-time') ?? Number.NaN);
      const venueMs = Number.isFinite(time) ? time : null;
      return { status: response.status, body: (await response.json()) as unknown, venueMs };
    } catch (error) {
      return { status: 0, body: (error as Error).cause ?? error, venueMs: null };
    }
  };
  return (parts) => makeDoor(request, parts);
}

/** The only way to the venue's orders. It sends what it has admitted itself, under a permit that it has judged itself. */
export type Door = ReturnType<typeof makeDoor>;

function makeDoor(request: Request, { pins, disk, ...ports }: DoorParts) {
  const clocks = () => ({ wallMs: Date.now(), monoMs: performance.now() });
  const machine = new GatewayMachine(pins, gatewayStart, disk, { ...ports, clocks });
  const entryOf = (clientOrderId: string) => machine.state.orders.get(clientOrderId);

  async function ask(method: string, path: string, timeoutMs: number, id = '', sent?: object): Promise<VenueAnswer> {
    const askedAt = performance.now();
    const said = await request(method, path, timeoutMs, sent);
    const outcome = outcomeOf(method, said, entryOf(id)?.deadline ?? Number.POSITIVE_INFINITY);
    machine.hear(said.venueMs === null ? null : { venueMs: said.venueMs, askedAt }, id, outcome);
    return { ...said, outcome };
  }

  return {
    // As the machine says them. What comes in is copied first: nobody can change it once it was judged.
    look: () => machine.look(),
    challenge: () => machine.challenge(randomUUID()),
    accept: (signed: SignedPermit, answer: (failures: readonly string[]) => void) =>
      machine.accept(structuredClone(signed), answer),
    revoke: () => machine.revoke(),
    halt: (id: string) => machine.halt(id),
    close: (signed: SignedClose) => machine.close(structuredClone(signed)),
    admit: (signed: SignedOrder) => machine.admit(structuredClone(signed)),
    drop: (admission: Admission) => machine.drop(admission),

    /** Sends an order that was admitted, once. @returns what the venue said, or why it was not sent */
    async send(admission: Admission): Promise<VenueAnswer | Refusal> {
      const released = machine.release(admission);
      if ('failures' in released) return released;
      const { order, deadline } = admission;
      return ask('POST', '/orders', orderTimeoutMs, order.clientOrderId, { ...order, deadline, ...released });
    },

    /** What became of an order, asked of the venue. */
    find: (id: string) => ask('GET', `/orders/${encodeURIComponent(id)}`, askTimeoutMs, id),
    /** Cancels every order that is open. */
    cancelAll: () => ask('DELETE', '/orders', askTimeoutMs),
    /** Asks for the venue's time. */
    askTime: () => ask('GET', '/time', askTimeoutMs),
    /** An order that was admitted, by this start or an earlier one, and what is known of it. */
    entryOf,
    view() {
      const { token, ledger, halts, held } = machine.state;
      return structuredClone({ token, ledger, halts, held });
    },
  };
}

/** What an answer says of an order. Only what plainly says that it will never be executed makes it dead. */
function outcomeOf(method: string, { status, body, venueMs }: Said, deadline: number): Outcome {
  const said: { status?: unknown; code?: unknown } = Object(body);
  if (status === 200 && said.status === 'filled') return 'executed';
  if (said.status === 'rejected' || said.status === 'expired' || said.status === 'cancelled') return 'dead';
  // A venue that refuses an order for its form or its key has not taken it in. A conflict says that it has.
  const refused = typeof said.code === 'string' && (status === 400 || status === 401 || said.code === 'market_ended');
  if (method === 'POST' && refused) return 'dead';
  // The venue executes nothing after its deadline, so what it does not know by then never came.
  const unknown = method === 'GET' && status === 404 && said.code === 'unknown_order';
  return unknown && venueMs !== null && venueMs > deadline ? 'dead' : 'open';
}
