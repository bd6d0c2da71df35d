import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { currentContext } from '../../../platforms/kubernetes/kubeconfig';
import { groundManifests, workloadManifests } from '../../../platforms/kubernetes/manifests';
import { newestEvidence } from '../../../platforms/kubernetes/manifests-files';
import { networkPolicyManifests } from '../../../platforms/kubernetes/network-policies';
import { digestPosture, type WorkloadName, workloadNames } from '../../../posture/posture';
import { checkInputs } from '../../kubernetes/provider/check';
import { kinds, tokenOf } from '../../kubernetes/provider/kinds';
import { readShapes } from '../../kubernetes/provider/read-shapes';
import { everyManifest, type Manifest } from '../change-operations';
import { declare, image, imageDigest, root, temporaryFolder } from './declare';

const { config, place, view, posture, specs } = declare();
const ground = groundManifests(config, place, view, posture);
const { folder, remove } = temporaryFolder();
afterAll(remove);

describe('every object', () => {
  const shapes = readShapes(path.join(root, 'node_modules', '@pulumi', 'kubernetes'), kinds);
  const manifests = everyManifest({ folder, image: imageDigest, settings: {} });
  const check = (manifest: Manifest) => {
    const kind = kinds.find((one) => one.kind === manifest.kind && one.apiVersion === manifest.apiVersion)!;
    return checkInputs(kind, { ...manifest }, shapes[tokenOf(kind)]!, 'default');
  };

  it.each([...manifests])('%s is known to the provider, and is what it says in every word', (_name, manifest) => {
    const { inputs, failures } = check(manifest);
    expect(failures).toEqual([]);
    // What the provider leaves out or writes in another way would be another posture to a policy.
    expect(inputs).toEqual(manifest);
  });

  it('has an input that would be dropped without a word found out', () => {
    const deployment = structuredClone(manifests.get('backend')!);
    Object.assign(deployment.spec!, { replica: 2 });
    expect(check(deployment).failures).toHaveLength(1);
  });
});

describe('the network', () => {
  const own = { stack: 'main', namespace: 'cutover-main' };
  const inputs = { ports: config.ports, venue: 'simulated', apiServers: ['10.0.0.1:443', '[fd00::1]:6443'] };
  const nameOf = (peer: { podSelector?: { matchLabels?: Record<string, string> } }) =>
    peer.podSelector?.matchLabels?.['cutover.dev/workload'];

  /** Who may reach whom: both ends have to let it pass. */
  function reach(venue = 'simulated'): string[] {
    const policies = networkPolicyManifests(own, { ...inputs, venue });
    const specOf = (name: WorkloadName) => policies.find(({ metadata }) => metadata.name === name)!.spec;
    const sends = (from: WorkloadName, to: WorkloadName) =>
      (specOf(from).egress ?? []).some(
        (rule) => rule.to?.some((peer) => nameOf(peer) === to) && rule.ports?.[0]?.port === config.ports[to],
      );
    const takes = (from: WorkloadName, to: WorkloadName) =>
      (specOf(to).ingress ?? []).some(
        (rule) => rule.from.some((peer) => nameOf(peer) === from) && rule.ports[0]?.port === config.ports[to],
      );
    return workloadNames.flatMap((from) =>
      workloadNames.filter((to) => sends(from, to) && takes(from, to)).map((to) => `${from} -> ${to}`),
    );
  }

  it('lets each workload reach those that it asks, and no other', () => {
    expect(reach()).toEqual([
      'gateway -> simulated-venue',
      'backend -> gateway',
      'backend -> model-service',
      'orchestrator -> gateway',
      'orchestrator -> backend',
      'guardian -> simulated-venue',
      'guardian -> gateway',
      'guardian -> model-service',
      'guardian -> backend',
      'guardian -> orchestrator',
    ]);
  });

  it('denies what no policy names, in both directions', () => {
    const [first] = networkPolicyManifests(own, inputs);
    expect(first).toMatchObject({ metadata: { name: 'default-deny' }, spec: { podSelector: {} } });
    expect(first!.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(first!.spec).not.toHaveProperty('egress');
  });

  /** What a workload may reach beyond the stack's pods and the name servers. */
  const beyond = (name: WorkloadName, more: object = {}) =>
    networkPolicyManifests(own, { ...inputs, ...more })
      .flatMap(({ metadata, spec }) => (metadata.name === name ? (spec.egress ?? []) : []))
      .filter(({ to }) => !to?.some(({ podSelector }) => podSelector));

  it('ends at the stack but for the guardian, which asks the API server', () => {
    expect(workloadNames.filter((name) => beyond(name).length > 0)).toEqual(['guardian']);
    expect(beyond('guardian')).toEqual([
      { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 443, protocol: 'TCP' }] },
      { to: [{ ipBlock: { cidr: 'fd00::1/128' } }], ports: [{ port: 6443, protocol: 'TCP' }] },
    ]);
    expect(beyond('guardian', { apiServers: [] })).toHaveLength(1);
  });

  it('reaches a venue outside from the gateway alone', () => {
    const more = { venue: 'another' };
    expect(workloadNames.filter((name) => beyond(name, more).length > 0)).toEqual(['gateway', 'guardian']);
    expect(beyond('gateway', more)).toEqual([{ ports: [{ port: 443, protocol: 'TCP' }] }]);
    expect(reach('another')).not.toContain('gateway -> simulated-venue');
  });
});

describe('rights', () => {
  it('has the guardian alone, in its namespace alone, and none to see secrets or make pods', () => {
    const { role, binding } = ground.rights;
    expect(binding.subjects).toEqual([{ kind: 'ServiceAccount', name: 'guardian', namespace: 'cutover-main' }]);
    expect([role.kind, binding.kind, binding.roleRef.kind]).toEqual(['Role', 'RoleBinding', 'Role']);
    const granted = role.rules!.flatMap(({ resources, verbs, resourceNames }) =>
      resources!.flatMap((resource) =>
        verbs.map((verb) => `${verb} ${resource} ${resourceNames?.join() ?? ''}`.trim()),
      ),
    );
    const changing = granted.filter((right) => !/^(get|list|watch) /.test(right));
    expect(changing).toEqual([
      'patch deployments/scale backend,orchestrator',
      'create configmaps admission',
      'update configmaps admission',
      'patch configmaps admission',
    ]);
    expect(granted.join()).not.toMatch(/secrets|exec|\*/);
  });
});

describe('the namespace', () => {
  it('takes no pod that is less shut in', () => {
    expect(ground.namespace.metadata!.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('publishes nothing', () => {
    expect(ground.quota.spec!.hard).toEqual({ 'services.loadbalancers': '0', 'services.nodeports': '0' });
    const services = specs.map((spec) => workloadManifests(place, view, spec).service.spec!.type);
    expect(new Set(services)).toEqual(new Set(['ClusterIP']));
  });

  it('never runs two at once of what must not be two', () => {
    const strategies = specs.map((spec) => [
      spec.name,
      workloadManifests(place, view, spec).deployment.spec!.strategy!.type,
    ]);
    expect(Object.fromEntries(strategies)).toEqual(
      Object.fromEntries(workloadNames.map((name) => [name, name === 'model-service' ? 'RollingUpdate' : 'Recreate'])),
    );
    const claims = ground.claims.filter(({ metadata }) => metadata!.name!.endsWith('-data'));
    expect(claims.map(({ metadata }) => metadata!.name)).toEqual(
      workloadNames.filter((name) => name !== 'model-service').map((name) => `${name}-data`),
    );
    for (const { spec } of claims) expect(spec!.accessModes).toEqual(['ReadWriteOncePod']);
  });

  it('asks for the storage class that config names, else for none', () => {
    const kubernetes = JSON.stringify({ image, storageClass: 'fast' });
    const other = declare({ 'cutover:kubernetes': kubernetes });
    const { claims } = groundManifests(other.config, place, other.view, posture);
    expect(new Set(claims.map(({ spec }) => spec!.storageClassName))).toEqual(new Set(['fast']));
    for (const { spec } of ground.claims) expect(spec).not.toHaveProperty('storageClassName');
  });
});

describe('files', () => {
  it('are the declared posture and the bytes of the model', () => {
    const [declared, , model] = ground.files;
    expect(JSON.parse(declared!.data!['posture.json']!)).toEqual({ digest: digestPosture(posture), posture });
    expect(Object.keys(model!.binaryData!)).toEqual(['model.onnx']);
  });

  it('are of the evidence the newest that fit', () => {
    expect(newestEvidence(path.join(folder, 'none'))).toEqual({});
    mkdirSync(path.join(folder, 'a-folder-20260105T000000Z.json'));
    const names = ['soak-20260101T000000Z-a.json', 'canary-20260103T000000Z-b.json', 'drill-20260102T000000Z-c.json'];
    for (const name of names) writeFileSync(path.join(folder, name), 'x'.repeat(100));
    writeFileSync(path.join(folder, 'not a key-20260104T000000Z.json'), '');
    writeFileSync(path.join(folder, '.canary-20260104T000000Z.json.tmp'), '');
    expect(Object.keys(newestEvidence(folder))).toEqual([names[1], names[2], names[0]]);
    expect(Object.keys(newestEvidence(folder, 300))).toEqual([names[1], names[2]]);
  });
});

describe('the current context', () => {
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const one = write('one.yaml', 'current-context: first\n');
  const none = write('none.yaml', 'current-context: ""\nclusters: []\n');
  const broken = write('broken.yaml', 'a: [');
  it.each([
    [[one], 'first'],
    [[none, broken, path.join(folder, 'missing'), one], 'first'],
    [[none], undefined],
    [[path.join(folder, 'missing')], undefined],
  ])('of %j is %s', (files, expected) => {
    expect(currentContext({ KUBECONFIG: files.join(path.delimiter) })).toBe(expected);
  });
});
