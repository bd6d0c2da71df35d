// What the bundles under dist/ are made of. Written beside them, since nobody can tell it from the files later; the
// bill of materials of the image is drawn from it.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import type { Metafile } from 'esbuild';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says; an SPDX expression where it keeps to the rules. */
  readonly license: string | null;
}

export interface BundleContents {
  /** Every file of the build but the source maps, by its path below dist/, with the packages in it. Sorted. */
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly packages: readonly string[];
        /** Packages it requires when it runs. */
        readonly requires: readonly string[];
      }
    >
  >;
  /** By `name@version`, sorted. */
  readonly packages: Readonly<Record<string, BundledPackage>>;
}

/**
 * Reads esbuild's metafile.
 * @param root the project's folder, to which the metafile's paths are relative
 * @param outdir the folder that became dist/, relative to `root`
 */
export function describeBundle(metafile: Metafile, root: string, outdir: string): BundleContents {
  const packages = new Map<string, BundledPackage>();
  const ids = new Map<string, string>();
  const idOf = (folder: string): string => {
    const known = ids.get(folder);
    if (known) return known;
    const found = readPackage(path.join(root, folder));
    const id = `${found.name}@${found.version}`;
    packages.set(id, found);
    ids.set(folder, id);
    return id;
  };
  const outputs = Object.entries(metafile.outputs)
    .filter(([file]) => !file.endsWith('.map'))
    .map(([file, { inputs, imports }]) => {
      const folders = Object.entries(inputs).flatMap(([input, { bytesInOutput }]) =>
        bytesInOutput > 0 ? (packageFolder(input) ?? []) : [],
      );
      const requires = imports
        .filter(({ external, path: name }) => external && !isBuiltin(name))
        .map((found) => found.path);
      return [
        path.posix.relative(outdir, file),
        { packages: sorted(folders.map(idOf)), requires: sorted(requires) },
      ] as const;
    });
  return {
    outputs: Object.fromEntries(outputs.sort(byName)),
    packages: Object.fromEntries([...packages].sort(byName)),
  };
}

/** The folder of the package that a file belongs to: `node_modules/a/node_modules/@b/c`; undefined for our own code. */
export function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

/** Some packages hold further package.json files that only say how to read modules: the package's own is the first. */
function readPackage(folder: string): BundledPackage {
  const file = path.join(folder, 'package.json');
  const { name, version, license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  // The second is how it was written once: `[{type: 'MIT'}]`.
  const [older] = Array.isArray(licenses) ? (licenses as { type?: unknown }[]) : [];
  const said = license ?? older?.type;
  return { name: String(name), version: String(version), license: typeof said === 'string' ? said : null };
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
