/** One named check: what it refuses with, and whether it holds. */
export interface Check<Context> {
  /** Stable; it is also the code of the refusal. */
  readonly name: string;
  readonly holds: (context: Context) => boolean;
}

/** The names of the checks that fail, all of them, in order. */
export function failuresOf<Context>(checks: readonly Check<Context>[], context: Context): string[] {
  const fails = ({ holds }: Check<Context>) => {
    try {
      return !holds(context);
    } catch {
      // What arrives is not trusted to have the form that its type says.
      return true;
    }
  };
  return checks.filter(fails).map(({ name }) => name);
}
