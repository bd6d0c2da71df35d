import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { afterAll, describe, expect, it } from 'vitest';
import { podConfinement } from '../../../platforms/kubernetes/confinement';
import { asLiteral, readLiteral } from '../../../platforms/kubernetes/literal';
import { podTemplate } from '../../../platforms/kubernetes/pod-template';
import { readPodWorkload } from '../../../platforms/kubernetes/pod-workload';
import { digestFile } from '../../../posture/digest';
import { findForeignInputs } from '../../../posture/match-workload';
import { type WorkloadName, workloadNames } from '../../../posture/posture';
import { readPosture } from '../../../posture/read-posture';
import { declare, image, imageDigest, temporaryFolder } from './declare';

const stack = declare();
const { posture, pods } = stack;
const { folder, remove } = temporaryFolder();
afterAll(remove);

/** What the API server tells of a pod that was made from a template: what placed it is filled in. */
function observed(name: WorkloadName): V1PodSpec {
  return {
    ...structuredClone(pods[name].spec!),
    nodeName: 'node-1',
    serviceAccount: name,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  };
}

const mountsOf = (name: WorkloadName) =>
  Object.fromEntries((pods[name].spec!.containers[0]!.volumeMounts ?? []).map((mount) => [mount.mountPath, mount]));

describe('every pod', () => {
  it.each(workloadNames)('%s is shut in', (name) => {
    const { spec } = pods[name];
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(spec!.containers).toHaveLength(1);
    const [own] = spec!.containers as [V1Container];
    expect(own).toMatchObject({
      name,
      image,
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect(own.resources?.limits?.memory).toBeDefined();
    expect(own.readinessProbe).toBeDefined();
    const writable = own.volumeMounts!.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    expect(writable).toEqual(['/data', '/logs', '/tmp', ...(name === 'guardian' ? ['/evidence'] : [])]);
  });

  it('is given only the secrets that it needs, as files', () => {
    const keys = (name: WorkloadName) =>
      pods[name].spec!.volumes!.flatMap(({ secret }) => secret?.items?.map(({ key }) => key) ?? []);
    expect(Object.fromEntries(workloadNames.map((name) => [name, keys(name)]))).toEqual({
      'simulated-venue': ['venue-control-key', 'venue-key'],
      gateway: ['venue-key'],
      'model-service': [],
      backend: ['operator-token'],
      orchestrator: [],
      guardian: [],
    });
    for (const name of workloadNames) {
      const named = pods[name].spec!.containers[0]!.env!.filter((entry) => /KEY|TOKEN|SECRET|PASS/.test(entry.name));
      for (const { name: variable, value } of named)
        expect([variable, value]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/secrets\//)]);
    }
  });

  it('has a token of the API server only where it is the guardian', () => {
    const holders = workloadNames.filter((name) => JSON.stringify(pods[name]).includes('serviceAccountToken":{'));
    expect(holders).toEqual(['guardian']);
    expect(mountsOf('guardian')).toHaveProperty('/var/run/secrets/kubernetes.io/serviceaccount');
  });

  it('keeps data and logs but where two may run at once', () => {
    const kept = workloadNames.filter((name) =>
      pods[name].spec!.volumes!.some((volume) => volume.persistentVolumeClaim),
    );
    expect(kept).toEqual(workloadNames.filter((name) => name !== 'model-service'));
  });
});

describe('declared and observed', () => {
  it.each(workloadNames)('%s are the same', (name) => {
    const real = readPodWorkload(observed(name));
    expect(real).toEqual(readPodWorkload(pods[name].spec!));
    expect(real.source).toBe(imageDigest);
    expect(findForeignInputs(posture, name, real)).toEqual([]);
  });

  it('are the same posture', () => {
    const real = Object.fromEntries(workloadNames.map((name) => [name, readPodWorkload(observed(name))]));
    expect(readPosture('main', real as never, stack.view.digestOf)).toEqual(posture);
  });

  const other: [string, (spec: V1PodSpec, own: V1Container) => unknown][] = [
    ['another container', (spec) => spec.containers.push({ name: 'second' })],
    ['an ephemeral container', (spec) => Object.assign(spec, { ephemeralContainers: [{ name: 'debugger' }] })],
    ['an init container', (spec) => Object.assign(spec, { initContainers: [{ name: 'first' }] })],
    ['the host network', (spec) => Object.assign(spec, { hostNetwork: true })],
    ['the processes of the host', (spec) => Object.assign(spec, { hostPID: true })],
    [
      'another name for the gateway',
      (spec) => Object.assign(spec, { hostAliases: [{ ip: '10.0.0.9', hostnames: ['gateway'] }] }),
    ],
    ['another name server', (spec) => Object.assign(spec, { dnsPolicy: 'None' })],
    ['a folder of the host', (spec) => spec.volumes!.push({ name: 'host', hostPath: { path: '/' } })],
    ['a token', (spec) => Object.assign(spec, { automountServiceAccountToken: true })],
    ['another account', (spec) => Object.assign(spec, { serviceAccount: 'guardian' })],
    ['root', (spec) => Object.assign(spec.securityContext!, { runAsUser: 0 })],
    ['no seccomp', (spec) => Object.assign(spec.securityContext!, { seccompProfile: { type: 'Unconfined' } })],
    ['another runtime', (spec) => Object.assign(spec, { runtimeClassName: 'other' })],
    ['a field of a later version', (spec) => Object.assign(spec, { hostEverything: true })],
    ['a writable root', (_spec, own) => Object.assign(own.securityContext!, { readOnlyRootFilesystem: false })],
    ['a capability', (_spec, own) => Object.assign(own.securityContext!.capabilities!, { add: ['NET_ADMIN'] })],
    [
      'a writable file',
      (_spec, own) => Object.assign(own.volumeMounts!.find(({ readOnly }) => readOnly)!, { readOnly: false }),
    ],
    ['arguments', (_spec, own) => Object.assign(own, { args: ['--evil'] })],
    ['variables from elsewhere', (_spec, own) => Object.assign(own, { envFrom: [{ configMapRef: { name: 'evil' } }] })],
    ['a variable from elsewhere', (_spec, own) => own.env!.push({ name: 'X', valueFrom: {} })],
    ['a variable that is expanded', (_spec, own) => own.env!.push({ name: 'X', value: '$(PORT)' })],
    ['a variable that is given twice', (_spec, own) => own.env!.unshift({ name: 'TRADING_MODE', value: 'live' })],
    ['a hook', (_spec, own) => Object.assign(own, { lifecycle: { postStart: { exec: { command: ['/evil'] } } } })],
    ['a probe', (_spec, own) => Object.assign(own, { livenessProbe: { exec: { command: ['/evil'] } } })],
  ];
  it.each(other)('%s is another posture', (_what, change) => {
    const spec = observed('backend');
    const before = podConfinement(spec);
    change(spec, spec.containers[0]!);
    expect(podConfinement(spec)).not.toEqual(before);
    expect(findForeignInputs(posture, 'backend', readPodWorkload(spec))).toContain('its command or settings');
  });

  it('another variable, image or command shows by name', () => {
    const judge = (change: (own: V1Container) => unknown) => {
      const spec = observed('backend');
      change(spec.containers[0]!);
      return findForeignInputs(posture, 'backend', readPodWorkload(spec));
    };
    const mode = (own: V1Container) => own.env!.find(({ name }) => name === 'TRADING_MODE')!;
    expect(judge((own) => Object.assign(mode(own), { value: 'live' }))).toEqual(['TRADING_MODE']);
    expect(judge((own) => Object.assign(own, { image: image.replaceAll('1', '2') }))).toEqual(['its code']);
    expect(judge((own) => Object.assign(own, { image: 'registry.example.com/cutover:latest' }))).toEqual(['its code']);
    expect(judge((own) => own.command!.push('--more'))).toEqual(['its command or settings']);
  });

  it('another mode changes nothing but mode', () => {
    const live = declare({ 'cutover:tradingMode': 'live' });
    expect({ ...live.posture, tradingMode: 'paper' }).toEqual(posture);
    expect(live.pods.backend.metadata?.labels).toMatchObject({ 'cutover.dev/mode': 'live' });
    expect(pods.backend.metadata?.labels).toMatchObject({ 'cutover.dev/mode': 'paper' });
  });
});

describe('what a pod is given to read', () => {
  it('is where its environment says, whatever its name on this machine', () => {
    const candles = path.join(folder, 'candles of bitcoin.csv');
    const time = (index: number) => new Date(index * 300_000).toISOString();
    const rows = Array.from({ length: 130 }, (_, index) => `${time(index)},1,2,1,2,3`);
    writeFileSync(candles, ['time,open,high,low,close,volume', ...rows].join('\n'));
    const market = { feed: 'recorded', files: { BTCUSDT: candles } };
    const { pods: own, posture: real } = declare({ 'cutover:market': JSON.stringify(market) });
    const feed = own['simulated-venue'].spec!.containers[0]!.env!.find(({ name }) => name === 'MARKET_FEED')!.value!;
    expect(JSON.parse(feed).files).toEqual({ BTCUSDT: '/market/BTCUSDT.csv' });
    expect(real.market).toMatchObject({ files: { BTCUSDT: digestFile(candles) } });
    const shown = (name: WorkloadName) => own[name].spec!.volumes!.flatMap(({ configMap }) => configMap?.name ?? []);
    expect(shown('simulated-venue')).toEqual(['market']);
    expect(shown('model-service')).toEqual(['model']);
    expect(shown('gateway')).toEqual(['declared']);
    expect(shown('backend')).toEqual([]);
  });
});

describe('text that Kubernetes would expand', () => {
  // As kubelets do it: `$$` is a `$`, `$(NAME)` the value of a variable, and everything else is left.
  const expand = (text: string) =>
    text.replaceAll(/\$(\$|\((\w+)\))/g, (_all, one) => (one === '$' ? '$' : 'expanded'));

  test.prop([fc.string({ unit: fc.constantFrom('$', '(', ')', 'A', ' ') })])(
    'reaches the container as it is',
    (text) => {
      expect(expand(asLiteral(text))).toBe(text);
      expect(readLiteral(asLiteral(text))).toBe(text);
    },
  );

  test.prop([fc.string({ unit: fc.constantFrom('$', '(', ')', 'A') })])(
    'is read only where it was written so',
    (text) => {
      const read = readLiteral(text);
      if (read === undefined) expect(text).toMatch(/\$/);
      else expect(expand(text)).toBe(read);
    },
  );

  it('in an argument of an agent too', () => {
    const agents = { live_trader: { enabled: true, args: ['$(HOME)'] } };
    const { specs, view } = declare({ 'cutover:agents': JSON.stringify(agents) });
    const orchestrator = specs.find(({ name }) => name === 'orchestrator')!;
    const { spec } = podTemplate(view.podInputsOf(orchestrator));
    expect(spec!.containers[0]!.env!.find(({ name }) => name === 'AGENTS')!.value).toContain('$$(HOME)');
    expect(readPodWorkload(spec!).environment.AGENTS).toContain('["$(HOME)"]');
  });
});

it('a name of a stack that makes no namespace is refused, unless another is given', () => {
  expect(() => declare({}, 'Main_1')).toThrow('makes no name of a namespace');
  const own = JSON.stringify({ image, namespace: 'trading' });
  expect(declare({ 'cutover:kubernetes': own }, 'Main_1').view.namespace).toBe('trading');
});

it("a program of one's own runs from its own image", () => {
  const own = `registry.example.com/own@sha256:${'3'.repeat(64)}`;
  const workloads = { orchestrator: { command: ['run'], image: own } };
  const { pods: changed, posture: real } = declare({
    'cutover:workloads': JSON.stringify(workloads),
    'cutover:agents': JSON.stringify({ live_trader: { enabled: true } }),
  });
  expect(changed.orchestrator.spec!.containers[0]!).toMatchObject({ image: own, command: ['run'] });
  expect(real.workloads.orchestrator).toBe(`sha256:${'3'.repeat(64)}`);
  // Its agents run inside it.
  expect(real.agents[0]!.source).toBe(`sha256:${'3'.repeat(64)}`);
});
