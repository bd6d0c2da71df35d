/** What could be read of something, or why it could not. */
export type Found<T> = { readonly found: T } | { readonly missing: string };
