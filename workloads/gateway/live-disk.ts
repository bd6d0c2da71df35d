import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { digest } from '../../evidence/forms';
import type { ChainHead } from '../../ledger/chain';
import type { GatewayDisk } from '../../protocol/gateway-state';
import type { Pins } from '../../protocol/messages';
import { syncFolder, writeDurably } from './durable-file';
import type { HaltLatch } from './halt-latch';

const permitShape = z.strictObject({
  genesis: digest,
  token: z.int().min(0),
  ledger: z.strictObject({ seq: z.int().min(0), head: digest }),
});
const haltsShape = z.strictObject({ halts: z.array(z.string()) });

/** The id of a list of halts that cannot be read. */
const unreadable = 'unreadable-halts';

/**
 * What of the live path is on disk beside its orders: the token's high-water mark with the ledger's head, and the ids
 * of the halts. `halt.json` is the latch that an operator can set without a gateway; what it says is never lost here.
 */
export class LiveDisk {
  private readonly permitFile: string;
  private readonly haltsFile: string;
  /** Ids that this start has seen latched. */
  private readonly known = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly latch: HaltLatch,
    private readonly pins: Pins,
  ) {
    this.permitFile = path.join(folder, 'permit-state.json');
    this.haltsFile = path.join(folder, 'halts.json');
  }

  /**
   * What an earlier start left; for the first one, the ledger's genesis and no token.
   * @throws Error when the high-water mark cannot be read, or is of another ledger: it must not start again from 0
   */
  load(): Omit<GatewayDisk, 'orders'> {
    const text = readIfThere(this.permitFile);
    const permit = text === null ? null : permitShape.parse(JSON.parse(text));
    const { genesis } = this.pins;
    if (permit && permit.genesis !== genesis)
      throw new Error(`${this.permitFile}: expected ledger ${genesis}, received ${permit.genesis}`);
    const latched = this.latch.id();
    const halts = [...new Set([...this.readHalts(), ...(latched === null ? [] : [latched])])];
    for (const id of halts) this.known.add(id);
    return { token: permit?.token ?? 0, ledger: permit?.ledger ?? { seq: 0, head: genesis }, halts };
  }

  /** @throws the file system's error */
  writePermit(token: number, ledger: ChainHead): void {
    writeDurably(this.permitFile, `${JSON.stringify({ genesis: this.pins.genesis, token, ledger })}\n`);
  }

  /**
   * Writes the ids of the halts that are latched. The latch file is set aside, never deleted, when its halt was one of
   * them before and is no longer; one that appeared meanwhile stays. @throws the file system's error
   */
  writeHalts(halts: readonly string[], now: number): void {
    const latched = this.latch.id();
    const closed = latched !== null && !halts.includes(latched) && this.known.has(latched);
    writeDurably(this.haltsFile, `${JSON.stringify({ halts })}\n`);
    if (closed) {
      const time = new Date(now).toISOString().replace(/[-:]/g, '');
      renameSync(this.latch.file, path.join(this.folder, `halt-closed-${time}.json`));
      syncFolder(this.folder);
    }
    for (const id of halts) this.known.add(id);
  }

  private readHalts(): readonly string[] {
    try {
      const text = readIfThere(this.haltsFile);
      return text === null ? [] : haltsShape.parse(JSON.parse(text)).halts;
    } catch {
      return [unreadable];
    }
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
