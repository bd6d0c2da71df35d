import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { parse } from 'yaml';
import { type Digest, digestBytes } from '../../posture/digest';

/** What a pack's folder comes to when the engine loads it. */
export interface ReadPack {
  readonly name: string;
  /** Digest of the file that is run, with the library that it shares. */
  readonly digest: Digest;
  readonly policies: readonly { readonly name: string; readonly level: string }[];
  /** Whether it brings a config, which could set the level of a policy. */
  readonly hasConfig: boolean;
}

interface PackArguments {
  readonly enforcementLevel?: string;
  readonly policies?: readonly { readonly name?: unknown; readonly enforcementLevel?: unknown }[];
}

/**
 * Reads a pack as the engine's host would: the file that its folder leads to is run, with a `PolicyPack` that takes down
 * what it is given and serves nothing.
 * @throws Error why the folder holds no pack, or what its code throws
 */
export function readPack(folder: string): ReadPack {
  const project = parse(readFileSync(path.join(folder, 'PulumiPolicy.yaml'), 'utf8')) as Record<string, unknown> | null;
  const unexpected = Object.keys(project ?? {}).filter((key) => !['runtime', 'description', 'version'].includes(key));
  // One of them names another entry.
  if (unexpected.length > 0 || project?.runtime !== 'nodejs')
    throw new Error(
      `PulumiPolicy.yaml: expected runtime: nodejs and a description, received ${Object.keys(project ?? {})}`,
    );
  const file = createRequire(path.join(folder, 'package.json')).resolve(folder);
  const code = readFileSync(file);
  return { ...collect(file, code.toString('utf8')), digest: digestBytes(Buffer.concat([code, readSdk(file)])) };
}

/** The library that both packs share lies beside their folders; empty where there is none. */
function readSdk(file: string): Uint8Array {
  const sdk = path.resolve(path.dirname(file), sharedSdk);
  return existsSync(sdk) ? readFileSync(sdk) : new Uint8Array();
}

const sharedSdk = '../policy-sdk.js';

function collect(file: string, code: string): Omit<ReadPack, 'digest'> {
  const packs: Omit<ReadPack, 'digest'>[] = [];
  class PolicyPack {
    constructor(name: string, { policies = [], enforcementLevel }: PackArguments, config?: unknown) {
      packs.push({
        name,
        policies: policies.map((one) => ({
          name: String(one.name),
          level: String(one.enforcementLevel ?? enforcementLevel ?? 'advisory'),
        })),
        hasConfig: config !== undefined,
      });
    }
  }
  const own = createRequire(file);
  const load = (id: string): unknown => ([sharedSdk, '@pulumi/policy'].includes(id) ? { PolicyPack } : own(id));
  const module = { exports: {} };
  const wrapped = `(function (require, module, exports, __filename, __dirname) { ${code}\n})`;
  const run = vm.runInThisContext(wrapped, { filename: file }) as (...given: unknown[]) => void;
  run(load, module, module.exports, file, path.dirname(file));
  const [pack, ...others] = packs;
  if (!pack || others.length > 0) throw new Error(`${file}: expected one policy pack, received ${packs.length}`);
  return pack;
}
