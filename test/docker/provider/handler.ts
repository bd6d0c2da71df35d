import type { Attributes } from './attributes';
import type { Properties } from './check';
import type { ObjectShape } from './shape';

/** What is made of inputs: its id in the engine's state, and its outputs. */
export interface Made {
  readonly id: string;
  readonly state: Properties;
}

/** One type of resource, applied for real. */
export interface Handler {
  readonly shape: ObjectShape;
  readonly attributes: Attributes;
  /** Outputs that are not known before the resource exists. */
  readonly outputs: readonly string[];
  /** @throws HalfMade when it exists, but not as it should */
  create(inputs: Properties): Promise<Made>;
  /** @returns undefined when it is gone */
  read(id: string, prior: Properties): Promise<Properties | undefined>;
  /** @param changed the inputs that differ from the state */
  update(id: string, inputs: Properties, state: Properties, changed: readonly string[]): Promise<void>;
  /** Does nothing about what is gone already. */
  delete(id: string, state: Properties): Promise<void>;
}

/** A resource was made and then something failed: the engine records it, so that it can be repaired or removed. */
export class HalfMade extends Error {
  constructor(
    readonly id: string,
    readonly state: Properties,
    readonly reason: string,
  ) {
    super(reason);
  }
}

/** Whether the daemon says that there is no such thing. */
export function isGone(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

/** The answer, or undefined where there is no such thing. @throws what else goes wrong */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
