/**
 * A text as Kubernetes has to be given it where it would expand `$(NAME)`: commands, arguments, values of variables.
 * Every `$` is doubled, which Kubernetes halves again.
 */
export const asLiteral = (text: string): string => text.replaceAll('$', '$$$$');

/**
 * The text that a container gets for one that was written by {@link asLiteral}.
 * @returns undefined where it was not, so that what the container gets cannot be told from the text alone
 */
export function readLiteral(written: string): string | undefined {
  const text = written.replaceAll('$$', '$');
  return asLiteral(text) === written ? text : undefined;
}
