/** One named check: what it refuses with, and whether it holds. */
export interface Check<Context> {
  /** Stable; it is also the code of the refusal. */
  readonly name: string;
  readonly holds: (context: Context) => boolean;
}

/** The names of the checks that fail, all of them, in order. A check that throws fails. */
export function failuresOf<Context>(checks: readonly Check<Context>[], context: Context): string[] {
  return checks.filter((check) => !holds(check, context)).map((check) => check.name);
}

function holds<Context>(check: Check<Context>, context: Context): boolean {
  try {
    return check.holds(context);
  } catch {
    // What arrives is not trusted to have the form that its type says.
    return false;
  }
}
