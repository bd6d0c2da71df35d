import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { digestBytes } from '../../posture/digest';
import { syncFolder, writeDurably } from './durable-file';

/** Who halted, when (RFC 3339 UTC) and why, by the halt's name. */
const recordShape = z.object({
  id: z.string().min(1).max(200),
  haltedAt: z.iso.datetime(),
  reason: z.string(),
  by: z.string(),
});
export type HaltRecord = z.output<typeof recordShape>;

/**
 * What was said with each halt, one file a halt, never deleted: the latch file holds the words of the first one only.
 * A halt over a halt that no gateway answered waits here until a gateway takes it up.
 */
export class HaltRecords {
  private readonly folder: string;

  /** @param dataDir the gateway's retained data */
  constructor(dataDir: string) {
    this.folder = path.join(dataDir, 'halt-records');
  }

  /** Keeps a halt that the gateway has latched. Its first words stay. @throws the file system's error */
  keep(record: HaltRecord): void {
    this.write(this.fileOf(record.id), record);
  }

  /** Leaves a halt for the gateway, which has it already where it answered. @throws the file system's error */
  leave(record: HaltRecord): void {
    if (!existsSync(this.fileOf(record.id))) this.write(this.waitingOf(record.id), record);
  }

  /**
   * Hands over each halt that was left here.
   * @param latch latches a halt by its name and says whether it is on disk; until it is, the halt waits on
   */
  takeUp(latch: (id: string) => boolean): void {
    for (const name of this.list().filter((file) => file.endsWith('.waiting.json'))) {
      const file = path.join(this.folder, name);
      // One that a crash cut is a halt too, by the name of its file.
      const id = read(file)?.id ?? name;
      if (!latch(id)) continue;
      renameSync(file, this.fileOf(id));
      syncFolder(this.folder);
    }
  }

  /** What was said with a halt; null where nothing can be read of it. */
  find(id: string): HaltRecord | null {
    return read(this.fileOf(id)) ?? read(this.waitingOf(id));
  }

  private write(file: string, record: HaltRecord): void {
    if (existsSync(file)) return;
    mkdirSync(this.folder, { recursive: true });
    writeDurably(file, `${JSON.stringify(record)}\n`);
  }

  private list(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).sort() : [];
  }

  /** A name may hold anything; a file's is made of its digest. */
  private fileOf(id: string): string {
    return path.join(this.folder, `${digestBytes(id).replace('sha256:', '').slice(0, 32)}.json`);
  }

  private waitingOf(id: string): string {
    return this.fileOf(id).replace(/\.json$/, '.waiting.json');
  }
}

function read(file: string): HaltRecord | null {
  try {
    return recordShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
