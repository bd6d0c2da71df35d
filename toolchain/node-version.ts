/** The oldest major version of Node.js that `@pulumi/pulumi` accepts. */
export const oldestNodeMajor = 22;

/**
 * Whether plain `pulumi` can run programs, policy packs and providers with this Node.js.
 * @param version as `process.version` says it, such as `v20.20.2`
 * @returns what is wrong and how to put it right, or undefined when nothing is wrong
 */
export function checkNodeVersion(version: string): string | undefined {
  const major = Number(/^v?(\d+)(\.|$)/.exec(version)?.[1]);
  if (major >= oldestNodeMajor) return undefined;
  const found = Number.isNaN(major) ? `"${version}", which is not a version of Node.js` : `Node.js ${version}`;
  return (
    `Pulumi programs, policy packs and providers need Node.js ${oldestNodeMajor} or later, and this is ${found}. ` +
    'Run `npx cutover`, which uses the Node.js that the project brings (node_modules/.bin/node), ' +
    'or put node_modules/.bin of this project first in PATH, or install a newer one from https://nodejs.org/.'
  );
}
