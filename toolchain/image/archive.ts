import { bytesOf, hexOf, type ImageDocuments, type Sha256, sizeAndDigest } from './manifest';
import { type TarEntry, writeTar } from './tar-file';

/** The name under which a daemon keeps the image, so that it does not look like one that nobody needs. */
export const tagOf = (id: string): string => `cutover:${hexOf(id).slice(0, 12)}`;

/**
 * Writes an image as an archive that every tool reads: `docker load` of any version by `manifest.json`, containerd,
 * podman and skopeo by the OCI layout. Both speak of the same blobs.
 * @param layers each with the file that holds it
 */
export async function writeArchive(
  file: string,
  { id, config, manifestDigest, manifest }: ImageDocuments,
  layers: readonly { readonly digest: Sha256; readonly file: string }[],
): Promise<void> {
  const blob = (digest: string) => `blobs/sha256/${hexOf(digest)}`;
  const tag = tagOf(id);
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        ...sizeAndDigest(manifest),
        annotations: {
          'io.containerd.image.name': `docker.io/library/${tag}`,
          'org.opencontainers.image.ref.name': tag.slice(tag.indexOf(':') + 1),
        },
      },
    ],
  };
  const docker = [{ Config: blob(id), RepoTags: [tag], Layers: layers.map(({ digest }) => blob(digest)) }];
  const documents: [string, Buffer][] = [
    [blob(id), config],
    [blob(manifestDigest), manifest],
    ['index.json', bytesOf(index)],
    ['manifest.json', bytesOf(docker)],
    ['oci-layout', bytesOf({ imageLayoutVersion: '1.0.0' })],
  ];
  const folders: TarEntry[] = ['blobs', 'blobs/sha256'].map((name) => ({ name, mode: 0o755 }));
  const files: TarEntry[] = [
    ...documents.map(([name, content]) => ({ name, mode: 0o644, content })),
    ...layers.map((layer) => ({ name: blob(layer.digest), mode: 0o644, content: { copyOf: layer.file } })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeTar(file, [...folders, ...files]);
}
