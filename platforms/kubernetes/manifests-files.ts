import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Config } from '../../config';
import { digestPosture, type Posture } from '../../posture/posture';
import { metadata, type Place } from './manifests-ground';
import { configMapNames, marketKey, modelFileName, postureFileName } from './names';

/** The most that a ConfigMap of evidence holds, bytes: the API server takes 1 MiB, names and all. */
const mostEvidenceBytes = 900_000;

/** The files that pods are given, as ConfigMaps that change in place. */
export function fileManifests(place: Place, config: Config, posture: Posture, evidenceDir: string): V1ConfigMap[] {
  const market = config.market.feed === 'recorded' ? Object.entries(config.market.files) : [];
  return [
    configMap(place, configMapNames.declared, { data: { [postureFileName]: describePosture(posture) } }),
    configMap(place, configMapNames.evidence, { data: newestEvidence(evidenceDir) }),
    configMap(place, configMapNames.model, { binaryData: { [modelFileName]: readBase64(config.model.path) } }),
    configMap(place, configMapNames.market, {
      binaryData: Object.fromEntries(market.map(([symbol, file]) => [marketKey(symbol), readBase64(file)])),
    }),
  ];
}

function configMap(place: Place, name: string, content: Pick<V1ConfigMap, 'data' | 'binaryData'>): V1ConfigMap {
  // An empty map is left out, as the API server has it.
  const filled = Object.entries(content).filter(([, files]) => Object.keys(files).length > 0);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(place, name), ...Object.fromEntries(filled) };
}

const describePosture = (posture: Posture): string =>
  `${JSON.stringify({ digest: digestPosture(posture), posture }, null, 2)}\n`;

/** As bytes, so that what a pod reads has the digest of the file. */
const readBase64 = (file: string): string => readFileSync(file).toString('base64');

/**
 * The evidence that lies beside a stack's config, the newest first by the time in its name, up to what a ConfigMap holds.
 * What is left out is older than everything that is in.
 */
export function newestEvidence(folder: string, mostBytes = mostEvidenceBytes): Record<string, string> {
  const timeOf = (name: string) => name.split('-')[1] ?? '';
  const names = listEvidence(folder).sort((a, b) => timeOf(b).localeCompare(timeOf(a)) || a.localeCompare(b));
  const kept: Record<string, string> = {};
  let left = mostBytes;
  for (const name of names) {
    const file = path.join(folder, name);
    left -= statSync(file).size + name.length;
    if (left < 0) break;
    kept[name] = readFileSync(file, 'utf8');
  }
  return kept;
}

/** The names that can be keys of a ConfigMap; evidence that was made by a verb has no other. */
function listEvidence(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[A-Za-z0-9][-._A-Za-z0-9]{0,200}\.json$/.test(entry.name))
      .map(({ name }) => name);
  } catch {
    return []; // none was made yet
  }
}
