import type { z } from 'zod';
import { messageOf } from '../errors';

export type ReadResult<T> = { readonly value: T } | { readonly failures: string[] };

/** Parses and checks JSON text. Every failure at once, each naming the field, what was expected and what came. */
export function readJson<T>(schema: z.ZodType<T>, text: string): ReadResult<T> {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    return { failures: [`expected JSON: ${messageOf(error)}`] };
  }
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data };
  return {
    failures: result.error.issues.map((issue) => {
      const name = issue.path.length === 0 ? 'the document' : issue.path.join('.');
      return `${name}: ${issue.message}; received ${show(valueAt(input, issue.path))}`;
    }),
  };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}
