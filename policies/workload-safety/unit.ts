import type { Plain } from '../read-inputs';

/** An environment variable as declared; its value is undefined where it comes from elsewhere. */
export interface Variable {
  readonly name: string;
  readonly value: string | undefined;
}

/** What a unit finds at a path. `temporary` is gone with it, `kept` outlives it. */
export interface Mount {
  readonly kind: 'kept' | 'temporary' | 'given';
  /** The folder of the machine, or the name of the volume or claim. */
  readonly source: string;
  readonly target: string;
}

/** A port that can be reached from beyond the stack, and the address on which. */
export interface Published {
  readonly port: string;
  readonly address: string;
}

/** How a unit is shut in, on a platform that does so. */
export interface Walls {
  /** Why it may run as root; undefined where it does not. */
  readonly root: string | undefined;
  readonly isRootReadOnly: boolean;
  /** Whatever it may do that it needs not, as words. */
  readonly widened: readonly string[];
  readonly hasMemoryLimit: boolean;
  readonly hasCpuLimit: boolean;
}

/**
 * One process or container as its declaration says, the same for every platform: what the policies of this pack judge.
 * Read from what the engine is really given, never from config.
 */
export interface Unit {
  readonly platform: 'process' | 'docker' | 'kubernetes';
  /** As messages call it. */
  readonly name: string;
  readonly stack: string | undefined;
  /** The workload of a stack that it says it is, or whose program it runs. */
  readonly workload: string | undefined;
  /** The reference of its image; of a process the digest of its code. */
  readonly image: string;
  readonly words: readonly string[];
  readonly environment: readonly Variable[];
  /** Whether it is given a whole environment from elsewhere, in which anything may be. */
  readonly hasMoreVariables?: boolean;
  /** Names of the secrets that it is given; `*` for all that there are. */
  readonly secrets: readonly string[];
  readonly mounts: readonly Mount[];
  readonly published: readonly Published[];
  readonly hasHealthCheck: boolean;
  /** Null for a process, which runs as whoever applied it. */
  readonly walls: Walls | null;
}

/** A resource that the engine is about to create or change. */
export interface Subject {
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  readonly props: Plain;
  readonly units: readonly Unit[];
  /** Inputs that a replacement does not follow, as the program says; undefined where it is not told. */
  readonly ignoredChanges?: readonly string[];
  readonly isProtected?: boolean;
}

/** The value of a variable; undefined where it is not set or comes from elsewhere. */
export const readVariable = ({ environment }: Unit, name: string): string | undefined =>
  environment.findLast((one) => one.name === name)?.value;

/** The workload whose shipped program words start, wherever it lies. */
export function shippedWorkload(words: readonly string[]): string | undefined {
  const entry = /(?:^|\/)workloads\/([a-z-]+)\/(?:main|server)(?:\.js)?$/;
  return words.map((word) => entry.exec(word)?.[1]).find((name) => name !== undefined);
}

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asPlain = (value: unknown): Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Plain) : {};
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
export const asTexts = (value: unknown): string[] => asList(value).map(String);
