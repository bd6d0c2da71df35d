import { expect } from 'vitest';

/** Matches an error of this code that also says something: a refusal without words helps nobody. */
export const withCode = (code: string) => expect.objectContaining({ code, message: expect.stringMatching(/\S/) });
