import { rmSync } from 'node:fs';
import path from 'node:path';
import { writeArchive } from '../../../toolchain/image/archive';
import { architectures, bytesOf, digestOf, sizeAndDigest } from '../../../toolchain/image/manifest';
import { type TarEntry, writeTar } from '../../../toolchain/image/tar-file';
import { runTool } from '../../helpers/tool';
import { imageNamespace, own, type Place, runtimeSocket } from './place';
import { pauseImage } from './settings';

/**
 * Puts an image into the node's store, under a name that names it by its digest. There is no registry: a pod that refers
 * to exactly that name, with `imagePullPolicy: IfNotPresent` as is the default for digests, starts without one. The
 * kubelet asks the runtime for the name alone; that the content is what the digest says was checked at the import.
 * @param archive an OCI archive with one image, as `cutover image build` writes them
 * @param repository such as `cutover.test/cutover`: what the name begins with, a registry's host included, since
 *   Kubernetes reads a name without one as one of docker.io
 * @returns the name: `<repository>@sha256:<digest of the manifest>`
 */
export function importImage(place: Pick<Place, 'folder'>, archive: string, repository: string): string {
  const [name, digest] = load(place, archive);
  const reference = `${repository}@${digest}`;
  tag(place, name, reference);
  return reference;
}

/** Makes the image that every pod begins with. It holds one program; containers that bring their own need no more. */
export async function importPauseImage(place: Place, programs: string): Promise<void> {
  const pause = { name: 'pause', mode: 0o755, content: { copyOf: path.join(programs, 'pause') } };
  const archive = own(place, 'pause.tar');
  await writeSmallImage(archive, [pause], { Entrypoint: ['/pause'], User: '65535:65535' });
  const [name] = load(place, archive);
  tag(place, name, pauseImage);
  rmSync(archive);
}

/**
 * Writes an image of one layer as an archive that `importImage` takes.
 * @param config what a container of it starts with, as the image specification has it
 */
export async function writeSmallImage(archive: string, entries: readonly TarEntry[], config: object): Promise<void> {
  const layer = `${archive}.layer`;
  const { digest, size } = await writeTar(layer, entries);
  const described = bytesOf({
    architecture: architectures[process.arch] ?? process.arch,
    config,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digest] },
  });
  const manifest = bytesOf({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...sizeAndDigest(described) },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size }],
  });
  const documents = { id: digestOf(described), config: described, manifestDigest: digestOf(manifest), manifest };
  await writeArchive(archive, documents, [{ digest, file: layer }]);
  rmSync(layer);
}

/** @returns the name under which the runtime keeps the image of an archive, and its manifest's digest */
function load(place: Pick<Place, 'folder'>, archive: string): [name: string, digest: string] {
  const index: { manifests: { digest: string; annotations: Record<string, string> }[] } = JSON.parse(
    runTool('tar', '--extract', '--to-stdout', '--file', archive, 'index.json'),
  );
  const { digest, annotations } = index.manifests[0]!;
  ctr(place, 'images', 'import', archive);
  return [annotations['io.containerd.image.name']!, digest];
}

function tag(place: Pick<Place, 'folder'>, name: string, target: string): void {
  ctr(place, 'images', 'tag', '--force', name, target);
}

function ctr(place: Pick<Place, 'folder'>, ...args: string[]): string {
  const socket = runtimeSocket(place as Place);
  return runTool('ctr', '--address', socket, '--namespace', imageNamespace, ...args);
}
