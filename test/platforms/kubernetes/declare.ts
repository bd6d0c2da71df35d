import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { V1PodTemplateSpec } from '@kubernetes/client-node';
import { type Config, readConfig } from '../../../config';
import { podTemplate } from '../../../platforms/kubernetes/pod-template';
import { createKubernetesView, type KubernetesView } from '../../../platforms/kubernetes/view';
import type { StackPlace, WorkloadSpec } from '../../../platforms/platform';
import { digestFile } from '../../../posture/digest';
import type { Posture, WorkloadName } from '../../../posture/posture';
import { declareStack } from '../../../workloads/declare-all';

export const root = path.resolve(__dirname, '..', '..', '..');
export const imageDigest = `sha256:${'1'.repeat(64)}` as const;
export const image = `registry.example.com/cutover@${imageDigest}`;
const model = { version: '1.0.0', digest: digestFile(path.join(root, 'models/1.0.0/model.onnx')) };

export interface DeclaredStack {
  readonly config: Config;
  readonly place: StackPlace;
  readonly view: KubernetesView;
  readonly posture: Posture;
  readonly specs: readonly WorkloadSpec[];
  readonly pods: Readonly<Record<WorkloadName, V1PodTemplateSpec>>;
}

/** A stack on Kubernetes as its config declares it; nothing of it runs. */
export function declare(settings: Record<string, string> = {}, stack = 'main'): DeclaredStack {
  const place = { stack, projectDir: root, home: '/nowhere' };
  const kubernetes = JSON.stringify({ image });
  const defaults = { 'cutover:platform': 'kubernetes', 'cutover:model': JSON.stringify(model) };
  const config = readConfig({ 'cutover:kubernetes': kubernetes, ...defaults, ...settings }, root);
  const view = createKubernetesView(config, place);
  const { posture, workloads: specs } = declareStack(config, stack, place.home, view);
  const pods = Object.fromEntries(specs.map((spec) => [spec.name, podTemplate(view.podInputsOf(spec))]));
  return { config, place, view, posture, specs, pods: pods as Record<WorkloadName, V1PodTemplateSpec> };
}

/** A folder of its own for one test file, and how to be rid of it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-kubernetes-'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
