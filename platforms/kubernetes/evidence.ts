import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeAtomically } from '../process/atomic-file';
import { type Cluster, ClusterError } from './client';
import { configMapNames } from './names';

interface ConfigMap {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** The answer without what the object holds. */
const withoutContent = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** Keeps a folder as the ConfigMap `evidence` is. A mounted one takes up to a minute to change; this one a look. */
export class EvidenceCopy {
  private known: string | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
  ) {}

  /** Costs a small request where nothing has changed. @throws ClusterError; Error; the file system's error */
  async update(folder: string): Promise<void> {
    const { cluster, namespace } = this;
    const at = `/api/v1/namespaces/${namespace}/configmaps/${configMapNames.evidence}`;
    try {
      const { metadata } = await cluster.json<ConfigMap>('GET', at, { accept: withoutContent });
      if (metadata.resourceVersion === this.known) return;
      const found = await cluster.json<ConfigMap>('GET', at);
      copyTo(folder, found.data ?? {});
      this.known = found.metadata.resourceVersion;
    } catch (error) {
      if (!(error instanceof ClusterError && error.status === 404)) throw error;
      copyTo(folder, {}); // nothing was declared, or it was taken away
      this.known = undefined;
    }
  }
}

function copyTo(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeAtomically(path.join(folder, name), content);
  for (const name of readdirSync(folder)) if (!Object.hasOwn(files, name)) rmSync(path.join(folder, name));
}
