/** Inputs of a resource as plain JSON has them, looked into without knowing their form. */
export type Plain = { readonly [key: string]: unknown };

/** What stands in a copy for a value that is not known yet. It is no mode, no image and no digest of anything. */
export const notKnown = 'a value that is not known';

/** A resource's inputs as a policy may look into them. */
export interface ReadInputs {
  readonly plain: Plain;
  /** The first error of a value that is not known; undefined where all are. */
  readonly unknown: unknown;
}

/**
 * A plain copy of a resource's inputs. What the engine's host hands over throws wherever a value is read that is not known
 * yet, and the host makes a mere remark of that error - also in an `up`, where such a value can only be one that somebody
 * wrote to look unknown, and one such value anywhere in the inputs would have every policy skipped.
 */
export function readInputs(props: object): ReadInputs {
  let unknown: unknown;
  // Plain loops: this runs for every policy and every resource.
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      for (let index = 0; index < value.length; index++) list.push(read(value, index));
      return list;
    }
    const plain: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const one = read(value, key);
      if (one === undefined || typeof one === 'function') continue;
      if (key === '__proto__') Object.defineProperty(plain, key, { value: one, enumerable: true });
      else plain[key] = one;
    }
    return plain;
  };
  const read = (holder: object, key: string | number): unknown => {
    try {
      return copy((holder as Record<string | number, unknown>)[key]);
    } catch (error) {
      unknown ??= error;
      return notKnown;
    }
  };
  return { plain: copy(props) as Plain, unknown };
}

/**
 * The inputs to judge by. In a preview what is not known yet is left to the `up`, and the engine says so; in an `up`
 * everything is known, so that whatever is not is judged as the marker that stands for it.
 * @throws what reading the value threw, in a preview
 */
export function inputsToJudge(props: object): Plain {
  const { plain, unknown } = readInputs(props);
  if (unknown !== undefined && isPreview()) throw unknown;
  return plain;
}

/** Whether nothing is about to change. The engine's host says so to a pack; where it does not, it is taken for an `up`. */
function isPreview(): boolean {
  return process.env.PULUMI_NODEJS_DRY_RUN === 'true';
}
