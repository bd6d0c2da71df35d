import type { Random } from '../../simulate/random';

/** What a mutator makes an input from. */
export interface Material {
  readonly random: Random;
  /** An honest document of the target that is tried. */
  readonly document: Buffer;
  /** Honest documents of every target. */
  readonly all: readonly Buffer[];
}

export interface Mutator {
  readonly name: string;
  /** Makes one input, which may come out honest; undefined where it has nothing to change in such a document. */
  mutate(material: Material): Buffer | undefined;
}

/** A position in bytes; 0 of none. */
export const positionIn = (bytes: Uint8Array, random: Random): number => random.whole(0, Math.max(0, bytes.length - 1));

/** Random bytes. */
export const bytesOf = (length: number, random: Random): Buffer =>
  Buffer.from(Array.from({ length }, () => random.whole(0, 255)));
