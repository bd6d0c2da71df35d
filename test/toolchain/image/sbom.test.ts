import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { buildImage } from '../../../toolchain/image';
import { describeMaterials } from '../../../toolchain/image/sbom';
import { systemPackages } from '../../../toolchain/image/system-packages';
import { readArchive } from './read-tar';
import { smallRoot, smallRuntime, temporary } from './small-root';

// What CycloneDX 1.6 requires and allows of the parts used here, by its published schema: objects are closed there too.
const text = z.string().min(1);
const license = z.union([
  z.strictObject({ expression: text }),
  z.strictObject({ license: z.strictObject({ name: text }) }),
]);
const component: z.ZodType = z.lazy(() =>
  z.strictObject({
    type: z.enum(['application', 'library', 'file', 'container']),
    'bom-ref': text,
    name: text,
    version: text.optional(),
    purl: z
      .string()
      .regex(/^pkg:[a-z]+\/\S+@\S+$/)
      .optional(),
    licenses: z.array(license).max(1).optional(),
    hashes: z
      .array(z.strictObject({ alg: z.literal('SHA-256'), content: z.string().regex(/^[0-9a-f]{64}$/) }))
      .optional(),
    properties: z.array(z.strictObject({ name: text, value: text })).optional(),
    components: z.array(component).optional(),
  }),
);
const bill = z.strictObject({
  $schema: z.literal('http://cyclonedx.org/schema/bom-1.6.schema.json'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  version: z.int().min(1),
  metadata: z.strictObject({ component }),
  components: z.array(component),
  dependencies: z.array(z.strictObject({ ref: text, dependsOn: z.array(text) })),
});

// biome-ignore lint/suspicious/noExplicitAny: as its schema above says
type Bill = any;

beforeEach(() => {
  vi.stubEnv('CUTOVER_CACHE', temporary());
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const refsOf = (components: Bill[]): string[] =>
  components.flatMap((found) => [found['bom-ref'], ...refsOf(found.components ?? [])]);

describe('the bill of materials', () => {
  test('keeps to CycloneDX 1.6, is named by the image, and refers to what is in it', async () => {
    const image = await buildImage(smallRoot(), () => {}, smallRuntime);
    const found: Bill = JSON.parse(readFileSync(image.sbom, 'utf8'));
    expect(bill.safeParse(found).error).toBeUndefined();
    expect(image.sbom.endsWith(`/${image.id.slice('sha256:'.length)}.cdx.json`)).toBe(true);
    expect(found.metadata.component.properties).toEqual([{ name: 'cutover:image:id', value: image.id }]);
    const refs = refsOf([found.metadata.component, ...found.components]);
    expect(new Set(refs).size).toBe(refs.length);
    for (const { ref, dependsOn } of found.dependencies)
      expect(refs).toEqual(expect.arrayContaining([ref, ...dependsOn]));
  });

  test('names every file of the image by the digest of its bytes', async () => {
    const image = await buildImage(smallRoot(), () => {}, smallRuntime);
    const found: Bill = JSON.parse(readFileSync(image.sbom, 'utf8'));
    const { layers } = await readArchive(readFileSync(image.archive));
    const expected = layers
      .flatMap(({ entries }) => entries)
      .filter(({ header }) => header.type === 'file')
      .map(({ header, bytes }) => [`/${header.name}`, createHash('sha256').update(bytes).digest('hex')]);
    const files = found.components.filter(({ type }: Bill) => type === 'file');
    expect(files.map(({ name, hashes }: Bill) => [name, hashes[0].content])).toEqual(expected);
  });

  test('names packages that are in the bundles of workloads, those that are copied, and what is in Node.js', async () => {
    const image = await buildImage(smallRoot(), () => {}, smallRuntime);
    const { components }: Bill = JSON.parse(readFileSync(image.sbom, 'utf8'));
    const libraries = components.filter(({ type }: Bill) => type === 'library');
    // commander is in the verbs alone, which are not in the image.
    expect(libraries.map(({ purl, licenses }: Bill) => [purl, licenses])).toEqual([
      ['pkg:npm/%40scope/http@5.0.0', [{ expression: '(MIT OR Apache-2.0)' }]],
      ['pkg:npm/onnxruntime-common@1.30.0', [{ expression: 'MIT' }]],
      ['pkg:npm/onnxruntime-web@1.30.0', [{ expression: 'MIT' }]],
    ]);
    const node = components.find(({ name }: Bill) => name === 'node');
    expect(node).toMatchObject({ version: '24.0.0', components: [{ name: 'openssl', version: '3.5.0' }] });
  });

  test('says of packages of the system which files are theirs', () => {
    const purl = 'pkg:deb/debian/libc6@2.36-9?arch=amd64';
    const system = [{ purl, name: 'libc6', version: '2.36-9', files: ['/lib/libc.so.6'] }];
    const inputs = { root: smallRoot(), id: 'sha256:1', versions: { node: '24.0.0' }, modules: [], system };
    const entries = [{ path: '/lib/libc.so.6', mode: 0o755, content: Buffer.from('') }];
    const digests = new Map([['/lib/libc.so.6', '0'.repeat(64)]]);
    const found: Bill = describeMaterials({ ...inputs, layers: [{ name: 'runtime', entries }], digests });
    expect(bill.safeParse(found).error).toBeUndefined();
    expect(found.dependencies).toContainEqual({ ref: purl, dependsOn: ['file:/lib/libc.so.6'] });
  });
});

describe('packages of the system', () => {
  test('are none where there is no dpkg, and none for files that belong to no package', async () => {
    expect(await systemPackages(['/nonexistent/libc.so.6'])).toEqual([]);
    vi.stubEnv('PATH', temporary());
    expect(await systemPackages(['/lib/x86_64-linux-gnu/libc.so.6'])).toEqual([]);
  });
});
