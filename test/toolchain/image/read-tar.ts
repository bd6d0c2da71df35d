import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';

export interface TarContent {
  readonly header: Header;
  readonly bytes: Buffer;
}

/** Everything in a tar, in its order. */
export async function readTar(bytes: Buffer): Promise<TarContent[]> {
  const found: TarContent[] = [];
  const reader = Readable.from([bytes]).pipe(extract());
  for await (const entry of reader) found.push({ header: entry.header, bytes: await buffer(entry) });
  return found;
}

export interface ReadImage {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every shape
  readonly config: any;
  readonly layers: readonly { readonly digest: string; readonly entries: readonly TarContent[] }[];
  readonly index: readonly TarContent[];
}

/** An image out of an archive, by its `manifest.json` as `docker load` reads it. */
export async function readArchive(archive: Buffer): Promise<ReadImage> {
  const index = await readTar(archive);
  const bytesOf = (name: string) => index.find(({ header }) => header.name === name)!.bytes;
  const [{ Config, Layers }] = JSON.parse(bytesOf('manifest.json').toString());
  return {
    index,
    config: JSON.parse(bytesOf(Config).toString()),
    layers: await Promise.all(
      Layers.map(async (name: string) => ({ digest: name.split('/').at(-1), entries: await readTar(bytesOf(name)) })),
    ),
  };
}
