import type { State } from '../model/state';
import type { System } from '../system/system';

/** Numbers by which a tampering chooses; each is taken modulo what there is to choose from. */
export interface Pick {
  readonly one: number;
  readonly other: number;
}

/** Alters files, and tells the model what that means. Without anything to alter it does nothing. */
export type Tamper = (state: State, system: System, pick: Pick) => void;

/** Flips one bit of a range of bytes. */
export function flipBit(
  bytes: Buffer,
  [start, end]: readonly [start: number, end: number],
  { one, other }: Pick,
): Buffer {
  const flipped = Buffer.from(bytes);
  const at = start + (one % (end - start));
  flipped[at] = flipped[at]! ^ (1 << (other % 8));
  return flipped;
}

/** Where the last text between two marks is: the last signature is the one that counts. @throws Error when there is none */
export function rangeBetween(bytes: Buffer, before: string, after: string): readonly [start: number, end: number] {
  const start = bytes.lastIndexOf(before) + before.length;
  const end = bytes.indexOf(after, start);
  if (start < before.length || end <= start) throw new Error(`expected text between ${before} and ${after}`);
  return [start, end];
}
