import { type BundleContents, readBundle } from './bundle';
import type { LayerPlan } from './entry';
import { readPackage, shippedOutputs } from './package-layers';

/** A package of the operating system that a file of the image came from. */
export interface SystemPackage {
  /** Package URL, such as `pkg:deb/debian/libc6@2.36-9`. */
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** Paths in the image. */
  readonly files: readonly string[];
}

export interface SbomInputs {
  readonly root: string;
  /** The image's id. */
  readonly id: string;
  /** What Node.js and the parts built into it are, by `process.versions`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly layers: readonly LayerPlan[];
  /** SHA-256 in hex of every file in the image, by its path there. */
  readonly digests: ReadonlyMap<string, string>;
  /** Packages that are copied whole instead of bundled. */
  readonly modules: readonly BundleContents['packages'][string][];
  readonly system: readonly SystemPackage[];
}

/** What `process.versions` tells that is no library. */
const noLibrary = new Set(['node', 'modules', 'napi', 'cldr', 'tz', 'unicode']);

/**
 * The image's bill of materials as CycloneDX 1.6 in JSON: Node.js with the libraries in it, the packages in the bundles,
 * the packages of the operating system where they are known, and every file with its digest. Without serial number and
 * time, so that the same image has the same bill.
 */
export function describeMaterials(inputs: SbomInputs): object {
  const { root, id, versions, digests } = inputs;
  const own = readPackage(root);
  const image = `image:${id}`;
  const node = { type: 'application', 'bom-ref': 'node', name: 'node', version: versions.node };
  const inNode = Object.entries(versions)
    .filter(([name]) => !noLibrary.has(name))
    .map(([name, version]) => ({ type: 'library', 'bom-ref': `node/${name}`, name, version }));
  const bundle = readBundle(root);
  const bundled = new Set(shippedOutputs(bundle).flatMap((file) => bundle.outputs[file]!.packages));
  const packages = new Map([
    ...[...bundled].map((name) => [name, bundle.packages[name]!] as const),
    ...inputs.modules.map((found) => [`${found.name}@${found.version}`, found] as const),
  ]);
  const libraries = [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { name, version, license }]) => {
      const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
      return {
        type: 'library',
        'bom-ref': purl,
        name,
        version,
        purl,
        ...(license ? { licenses: [licenseOf(license)] } : {}),
      };
    });
  const system = inputs.system.map(({ purl, name, version }) => ({
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
  }));
  const files = inputs.layers
    .flatMap(({ entries }) => entries)
    .flatMap(({ path, content }) => (content ? [fileComponent(path, digests.get(path)!)] : []));
  const components = [
    { ...node, purl: `pkg:generic/node@${versions.node}`, components: inNode },
    ...libraries,
    ...system,
    ...files,
  ];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'container',
        'bom-ref': image,
        name: own.name,
        version: own.version,
        properties: [{ name: 'cutover:image:id', value: id }],
      },
    },
    components,
    dependencies: [
      { ref: image, dependsOn: components.map((component) => component['bom-ref']) },
      ...inputs.system.map(({ purl, files: owned }) => ({ ref: purl, dependsOn: owned.map((path) => `file:${path}`) })),
    ],
  };
}

function fileComponent(path: string, digest: string) {
  return { type: 'file', 'bom-ref': `file:${path}`, name: path, hashes: [{ alg: 'SHA-256', content: digest }] };
}

/** An SPDX expression where the package's author wrote one, else what was written. */
function licenseOf(license: string): object {
  return /^[A-Za-z0-9.+() -]+$/.test(license) && !/^see license/i.test(license)
    ? { expression: license }
    : { license: { name: license } };
}
