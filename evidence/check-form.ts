import { z } from 'zod';

/**
 * Holds a value against a form. The library compares lengths before it has made sure of a type, and throws for an object
 * whose `length` is one that cannot be compared: that is a wrong form like any other.
 * @returns the value as the form has it, or everything that is wrong with it, one a line
 */
export function checkForm<T extends z.ZodType>(form: T, value: unknown): { data: z.output<T> } | { wrong: string } {
  let parsed: z.ZodSafeParseResult<z.output<T>>;
  try {
    parsed = form.safeParse(value);
  } catch (error) {
    if (error instanceof TypeError)
      return { wrong: 'it holds an object where a text, a number or a list was expected' };
    throw error;
  }
  return parsed.success ? { data: parsed.data } : { wrong: z.prettifyError(parsed.error) };
}
