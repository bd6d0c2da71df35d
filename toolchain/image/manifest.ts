import { createHash } from 'node:crypto';
import { packagePath } from './package-layers';
import { imageUser } from './runtime-layer';

export type Sha256 = `sha256:${string}`;

export interface Layer {
  readonly name: string;
  readonly digest: Sha256;
  /** Bytes, not compressed. */
  readonly size: number;
}

/** The documents that make layers an image. Their bytes are what the digests are of. */
export interface ImageDocuments {
  /** Digest of the config: the image's id. */
  readonly id: Sha256;
  readonly config: Buffer;
  /** Digest of the manifest: the id by which a daemon with containerd's image store knows the image. */
  readonly manifestDigest: Sha256;
  readonly manifest: Buffer;
}

const epoch = '1970-01-01T00:00:00Z';

/** Node.js's name of an architecture as images spell it. */
export const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

/**
 * Config and manifest of the image, pure. There is no environment, label, entrypoint or command in it: whatever a
 * container shows of these was declared by whoever made the container.
 * @param arch as `process.arch` names it
 */
export function describeImage(layers: readonly Layer[], arch: string): ImageDocuments {
  const config = bytesOf({
    architecture: architectures[arch] ?? arch,
    config: { Env: [], User: `${imageUser}:${imageUser}`, WorkingDir: packagePath },
    created: epoch,
    history: layers.map(({ name }) => ({ created: epoch, created_by: `cutover image build: ${name}` })),
    os: 'linux',
    rootfs: { diff_ids: layers.map(({ digest }) => digest), type: 'layers' },
  });
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...sizeAndDigest(config) },
    layers: layers.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size })),
  });
  return { id: digestOf(config), config, manifestDigest: digestOf(manifest), manifest };
}

export const digestOf = (bytes: Buffer): Sha256 => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
export const bytesOf = (document: object): Buffer => Buffer.from(JSON.stringify(document));
export const sizeAndDigest = (bytes: Buffer) => ({ digest: digestOf(bytes), size: bytes.length });
/** The part of a digest behind the colon. */
export const hexOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1);
