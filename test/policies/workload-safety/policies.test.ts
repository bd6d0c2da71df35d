import { describe, expect, it } from 'vitest';
import { workloadNames } from '../../../posture/posture';
import { declareResources, judge, type PlatformName, platforms, type Resource, refusalsOf } from './declared-run';

// Every policy from both sides, on what a stack really declares on each platform: that passes, and is refused for the one
// thing that is changed.

const shipped = Object.fromEntries(
  platforms.map((platform) => [
    platform,
    { paper: declareResources(platform, 'paper'), live: declareResources(platform, 'live') },
  ]),
) as Record<PlatformName, Record<'paper' | 'live', Resource[]>>;

/** What is declared, with one resource changed, or one more. */
function changed(platform: PlatformName, mode: 'paper' | 'live', [name, change]: Change): Resource[] {
  const resources = structuredClone(shipped[platform][mode]);
  const found = resources.find((one) => one.name === name);
  if (found) change(found.props, found);
  else {
    const fresh: Resource = { type: '', name, props: {} };
    resources.push(change(fresh.props, fresh) as Resource);
  }
  return resources;
}

// biome-ignore lint/suspicious/noExplicitAny: inputs of every shape
type Change = [resource: string, change: (props: any, resource: Resource) => unknown];
type Case = [policy: string, platform: PlatformName, what: string, change: Change, message: RegExp];

// biome-ignore lint/suspicious/noExplicitAny: as above
const podOf = (props: any) => props.spec.template.spec;
// biome-ignore lint/suspicious/noExplicitAny: as above
const first = (props: any) => podOf(props).containers[0];
const variable = (name: string, value: string) => ({ name, value });
const another = (type: string, name: string, props: object): Change => [name, () => ({ type, name, props })];
const configMap = (data: object, binaryData = {}) =>
  another('kubernetes:core/v1:ConfigMap', 'more', { kind: 'ConfigMap', metadata: { name: 'more' }, data, binaryData });
const service = (spec: object, metadata: object = {}) =>
  another('kubernetes:core/v1:Service', 'more', { kind: 'Service', metadata: { name: 'more', ...metadata }, spec });
const pem = `-----BEGIN ${'PRIVATE'} KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END ${'PRIVATE'} KEY-----`;
const random = 'q8Zt3LxV0mRw7NcY5bKj';

/** A whole workload once more, under another name. */
const twice = (platform: PlatformName, workload: string): Change => {
  const { type, props } = shipped[platform].live.find((one) => one.name === workload)!;
  return another(type, 'other', structuredClone(props));
};

const cases: Case[] = [
  ['pin-images', 'process', 'code without a digest', ['backend', (p) => (p.source = 'latest')], /runs latest/],
  ['pin-images', 'docker', 'a tag', ['backend', (p) => (p.image = 'cutover:1.0')], /runs cutover:1.0: expected name@/],
  ['pin-images', 'docker', 'no image', ['backend', (p) => (p.image = '')], /nothing that is named/],
  ['pin-images', 'docker', 'SHA-1', ['gateway', (p) => (p.image = `a@sha1:${'1'.repeat(40)}`)], /expected name@/],
  ['pin-images', 'kubernetes', 'a tag', ['backend', (p) => (first(p).image = 'a/b:1')], /runs a\/b:1/],
  ['pin-images', 'kubernetes', 'an id', ['backend', (p) => (first(p).image = `sha256:${'1'.repeat(64)}`)], /expected/],
  [
    'pin-images',
    'kubernetes',
    'a tag of an init container',
    ['backend', (p) => (podOf(p).initContainers = [{ ...first(p), name: 'first', image: 'a:1' }])],
    /backend\/first runs a:1/,
  ],
  ['run-one-orchestrator', 'process', 'a second', twice('process', 'orchestrator'), /second orchestrator/],
  ['run-one-orchestrator', 'docker', 'a second', twice('docker', 'orchestrator'), /second orchestrator/],
  [
    'run-one-orchestrator',
    'docker',
    'its program without its labels',
    another('docker:index/container:Container', 'mine', {
      ...structuredClone(shipped.docker.live.find(({ name }) => name === 'orchestrator')!.props),
      labels: [],
    }),
    /second orchestrator/,
  ],
  ['run-one-orchestrator', 'kubernetes', 'a second', twice('kubernetes', 'orchestrator'), /second orchestrator/],
  ['run-one-orchestrator', 'kubernetes', 'replicas', ['orchestrator', (p) => (p.spec.replicas = 2)], /received 2/],
  [
    'run-one-orchestrator',
    'kubernetes',
    'a rollout',
    ['orchestrator', (p) => (p.spec.strategy = { type: 'RollingUpdate' })],
    /expected Recreate/,
  ],
  ['run-one-orchestrator', 'kubernetes', 'no strategy', ['orchestrator', (p) => delete p.spec.strategy], /by default/],
  [
    'run-one-orchestrator',
    'kubernetes',
    'a scaler',
    another('kubernetes:autoscaling/v2:HorizontalPodAutoscaler', 'more', {
      spec: { scaleTargetRef: { name: 'orchestrator' }, maxReplicas: 3 },
    }),
    /scales orchestrator/,
  ],
  [
    'run-one-gateway-and-guardian',
    'process',
    'a posture without a guardian',
    ['posture', (p) => delete p.posture.workloads.guardian],
    /names no guardian/,
  ],
  ['run-one-gateway-and-guardian', 'docker', 'a second gateway', twice('docker', 'gateway'), /second gateway/],
  ['run-one-gateway-and-guardian', 'kubernetes', 'replicas', ['guardian', (p) => (p.spec.replicas = 3)], /received 3/],
  [
    'confine-venue-credentials',
    'process',
    'a variable',
    ['backend', (p) => (p.environment.BINANCE_API_SECRET_FILE = '/k')],
    /BINANCE_API_SECRET_FILE/,
  ],
  ['confine-venue-credentials', 'process', 'a secret', ['backend', (p) => p.secrets.push('venue-key')], /venue-key/],
  [
    'confine-venue-credentials',
    'docker',
    'a file',
    ['backend', (p) => p.mounts.push({ type: 'bind', source: '/s/venue-key', target: '/k', readOnly: true })],
    /the secret venue-key/,
  ],
  [
    'confine-venue-credentials',
    'docker',
    'the folder of secrets',
    [
      'orchestrator',
      (p) => p.mounts.push({ type: 'bind', source: '/x/stacks/main/secrets/', target: '/k', readOnly: true }),
    ],
    /stacks\/main\/secrets/,
  ],
  [
    'confine-venue-credentials',
    'docker',
    "the gateway's data",
    [
      'backend',
      (p) =>
        p.mounts.push({
          type: 'volume',
          source: shipped.docker.live.find(({ name }) => name === 'gateway')!.props.mounts[0].source,
          target: '/k',
          readOnly: true,
        }),
    ],
    /gateway-data/,
  ],
  [
    'confine-venue-credentials',
    'kubernetes',
    'a key of a Secret',
    ['backend', (p) => first(p).env.push({ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'venue-key' } } })],
    /the secret venue-key/,
  ],
  [
    'confine-venue-credentials',
    'kubernetes',
    'a whole Secret',
    ['backend', (p) => (first(p).envFrom = [{ secretRef: { name: 'cutover-secrets' } }])],
    /a Secret as a whole/,
  ],
  [
    'confine-venue-credentials',
    'kubernetes',
    "the gateway's claim",
    [
      'backend',
      (p) => {
        podOf(p).volumes.push({ name: 'more', persistentVolumeClaim: { claimName: 'gateway-data' } });
        first(p).volumeMounts.push({ name: 'more', mountPath: '/more' });
      },
    ],
    /gateway-data/,
  ],
  [
    'confine-venue-credentials',
    'kubernetes',
    'a ConfigMap',
    configMap({ VENUE_API_KEY: '/somewhere' }),
    /VENUE_API_KEY/,
  ],
  [
    'keep-secrets-out',
    'process',
    'a password',
    ['backend', (p) => (p.environment.DB_PASSWORD = 'changeme')],
    /environment.DB_PASSWORD holds a secret/,
  ],
  [
    'keep-secrets-out',
    'process',
    'an argument',
    ['backend', (p) => p.command.push('--api-key', 'abc123')],
    /command\[\d\] api-key holds a secret/,
  ],
  ['keep-secrets-out', 'docker', 'a token', ['backend', (p) => p.envs.push(`MY_TOKEN=${random}`)], /envs MY_TOKEN/],
  ['keep-secrets-out', 'docker', 'a key', ['backend', (p) => p.envs.push(`X=${pem}`)], /a private key/],
  [
    'keep-secrets-out',
    'docker',
    'an address',
    ['backend', (p) => p.command.push('redis://user:hunter2@db:1')],
    /a password in an address/,
  ],
  [
    'keep-secrets-out',
    'kubernetes',
    'a variable',
    ['backend', (p) => first(p).env.push(variable('SERVICE_SECRET', 'hunter2'))],
    /env SERVICE_SECRET holds/,
  ],
  [
    'keep-secrets-out',
    'kubernetes',
    'JSON in a variable',
    ['backend', (p) => first(p).env.push(variable('SETTINGS', JSON.stringify({ a: { clientSecret: 'hunter2' } })))],
    /a\.clientSecret holds/,
  ],
  ['keep-secrets-out', 'kubernetes', 'a ConfigMap', configMap({ 'api.password': 'hunter2' }), /holds a secret/],
  [
    'keep-secrets-out',
    'kubernetes',
    'bytes of a ConfigMap',
    configMap({}, { 'id.pem': Buffer.from(pem).toString('base64') }),
    /id\.pem holds a private key/,
  ],
  [
    'hide-admin-endpoints',
    'process',
    'every address',
    ['gateway', (p) => (p.host = '0.0.0.0')],
    /answers on 0\.0\.0\.0/,
  ],
  ['hide-admin-endpoints', 'docker', 'no address', ['guardian', (p) => delete p.ports[0].ip], /answers on 0\.0\.0\.0/],
  ['hide-admin-endpoints', 'docker', 'the host', ['guardian', (p) => (p.networkMode = 'host')], /network of the host/],
  [
    'hide-admin-endpoints',
    'docker',
    'a workload that asks for it',
    [
      'backend',
      (p) => {
        p.ports[0].ip = '0.0.0.0';
        p.labels.push({ label: 'cutover.exposed', value: 'true' });
      },
    ],
    /expected 127/,
  ],
  [
    'hide-admin-endpoints',
    'kubernetes',
    'a LoadBalancer',
    ['Service guardian', (p) => (p.spec.type = 'LoadBalancer')],
    /published by type LoadBalancer: expected ClusterIP/,
  ],
  [
    'hide-admin-endpoints',
    'kubernetes',
    'a NodePort for all of the stack that asks for it',
    service(
      { type: 'NodePort', selector: { 'cutover.dev/stack': 'main' } },
      { annotations: { 'cutover.dev/exposed': 'true' } },
    ),
    /type NodePort/,
  ],
  [
    'hide-admin-endpoints',
    'kubernetes',
    'external addresses',
    ['Service gateway', (p) => (p.spec.externalIPs = ['192.0.2.1'])],
    /192\.0\.2\.1/,
  ],
  [
    'hide-admin-endpoints',
    'kubernetes',
    'a port of the node',
    ['gateway', (p) => (first(p).ports[0].hostPort = 8000)],
    /port 8000/,
  ],
  [
    'hide-admin-endpoints',
    'kubernetes',
    'an ingress',
    another('kubernetes:networking.k8s.io/v1:Ingress', 'more', {
      spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'guardian' } } }] } }] },
    }),
    /leads to guardian/,
  ],
  ['retain-data', 'process', 'no folder', ['guardian', (p) => delete p.environment.DATA_DIR], /has no DATA_DIR/],
  [
    'retain-data',
    'docker',
    'no volume',
    ['guardian', (p) => (p.mounts = p.mounts.filter(({ type }: { type: string }) => type !== 'volume'))],
    /lies on no volume/,
  ],
  [
    'retain-data',
    'docker',
    'memory',
    ['gateway', (p) => (p.mounts[0] = { ...p.mounts[0], type: 'tmpfs' })],
    /DATA_DIR of cutover-main-gateway lies on what is gone/,
  ],
  [
    'retain-data',
    'docker',
    'a volume that is deleted',
    another('docker:index/volume:Volume', 'cutover-main-gateway-data', {
      labels: [{ label: 'cutover.stack', value: 'main' }],
    }),
    /gone when it is deleted/,
  ],
  [
    'retain-data',
    'kubernetes',
    'no claim',
    [
      'guardian',
      (p) => {
        podOf(p).volumes = podOf(p).volumes.map((one: { name: string }) =>
          one.name === 'data' ? { name: 'data', emptyDir: {} } : one,
        );
      },
    ],
    /DATA_DIR of guardian/,
  ],
  [
    'retain-data',
    'kubernetes',
    'a claim that may be replaced',
    ['PersistentVolumeClaim guardian-data', (_p, resource) => (resource.opts = { ignoreChanges: [] })],
    /ignoreChanges/,
  ],
  ['run-as-non-root', 'docker', 'root', ['backend', (p) => (p.user = '0:0')], /user 0:0/],
  ['run-as-non-root', 'docker', 'no user', ['backend', (p) => delete p.user], /that of its image/],
  [
    'run-as-non-root',
    'kubernetes',
    'root',
    ['backend', (p) => (first(p).securityContext.runAsUser = 0)],
    /runAsUser 0/,
  ],
  [
    'run-as-non-root',
    'kubernetes',
    'nothing said',
    ['backend', (p) => delete podOf(p).securityContext.runAsNonRoot],
    /no runAsNonRoot/,
  ],
  ['lock-root-filesystem', 'docker', 'a writable root', ['backend', (p) => (p.readOnly = false)], /can be written/],
  [
    'lock-root-filesystem',
    'kubernetes',
    'a writable root',
    ['backend', (p) => delete first(p).securityContext.readOnlyRootFilesystem],
    /can be written/,
  ],
  ['drop-privileges', 'docker', 'privileged', ['backend', (p) => (p.privileged = true)], /: privileged/],
  [
    'drop-privileges',
    'docker',
    'the socket of the daemon',
    ['backend', (p) => p.mounts.push({ type: 'bind', source: '/run/docker.sock', target: '/s', readOnly: true })],
    /socket \/run\/docker.sock/,
  ],
  ['drop-privileges', 'docker', 'capabilities', ['backend', (p) => (p.capabilities = {})], /that are not dropped/],
  ['drop-privileges', 'kubernetes', 'processes of the node', ['backend', (p) => (podOf(p).hostPID = true)], /hostPID/],
  [
    'drop-privileges',
    'kubernetes',
    'a folder of the node',
    [
      'backend',
      (p) => {
        podOf(p).volumes.push({ name: 'more', hostPath: { path: '/' } });
        first(p).volumeMounts.push({ name: 'more', mountPath: '/more' });
      },
    ],
    /folder \/ of the node/,
  ],
  ['check-health', 'process', 'no port', ['backend', (p) => delete p.port], /expected a port/],
  ['check-health', 'docker', 'no check', ['backend', (p) => delete p.healthcheck], /expected a healthcheck/],
  ['check-health', 'docker', 'none', ['gateway', (p) => (p.healthcheck.tests = ['NONE'])], /expected a healthcheck/],
  ['check-health', 'kubernetes', 'no probe', ['backend', (p) => delete first(p).readinessProbe], /readinessProbe/],
  ['limit-resources', 'docker', 'no limit', ['backend', (p) => delete p.memory], /no limit of memory/],
  ['limit-resources', 'docker', 'swap', ['backend', (p) => (p.memorySwap = -1)], /no limit of memory/],
  [
    'limit-resources',
    'kubernetes',
    'no limits',
    ['backend', (p) => delete first(p).resources.limits],
    /no limit of memory and cpu/,
  ],
];

describe.each(platforms)('what is shipped for %s', (platform) => {
  it('passes every policy towards live', () => {
    expect(judge(shipped[platform].live)).toEqual([]);
  });

  it('is told nothing in paper', () => {
    expect(judge(shipped[platform].paper)).toEqual([]);
  });

  it('passes with programs of the user’s own', () => {
    const image = platform === 'process' ? {} : { image: `registry.example.com/own@sha256:${'2'.repeat(64)}` };
    const own = JSON.stringify({ backend: { command: ['python3', 'backend.py'], ...image } });
    const resources = declareResources(platform, 'live', undefined, { 'cutover:workloads': own });
    expect(judge(resources)).toEqual([]);
  });
});

describe.each(cases)('%s on %s: %s', (policy, platform, _what, change, message) => {
  it('is refused towards live', () => {
    const refused = refusalsOf(judge(changed(platform, 'live', change)));
    expect(refused).toContainEqual(expect.objectContaining({ policy, message: expect.stringMatching(message) }));
  });

  it('does not hold up paper, and is told there', () => {
    const said = judge(changed(platform, 'paper', change));
    expect(refusalsOf(said)).toEqual([]);
    if (policy === 'run-one-gateway-and-guardian' && change[0] === 'posture') return;
    const told = expect.stringContaining(`[${policy}, would be refused towards live]`);
    expect(said).toContainEqual(expect.objectContaining({ level: 'advisory', message: told }));
  });
});

it('every policy is tested on every platform that it can judge', () => {
  const tested = new Set(cases.map(([policy, platform]) => `${policy} ${platform}`));
  const walls = ['run-as-non-root', 'lock-root-filesystem', 'drop-privileges', 'limit-resources'];
  const names = [...new Set(cases.map(([policy]) => policy))];
  const expected = names.flatMap((policy) =>
    platforms.filter((platform) => platform !== 'process' || !walls.includes(policy)).map((one) => `${policy} ${one}`),
  );
  expect([...tested].sort()).toEqual(expected.sort());
});

describe('what is asked for by name', () => {
  const plain = { selector: { app: 'dashboards' }, type: 'LoadBalancer' };
  it.each([
    ['not asked for', {}, 1],
    ['asked for', { annotations: { 'cutover.dev/exposed': 'true' } }, 0],
  ])('a Service of something else is published where it is %s', (_what, metadata, count) => {
    expect(refusalsOf(judge(changed('kubernetes', 'live', service(plain, metadata))))).toHaveLength(count);
  });
});

it('a live workload without a gateway before it is refused', () => {
  const without = shipped.process.live.filter(({ name }) => name !== 'gateway');
  expect(refusalsOf(judge(without))).toMatchObject(
    [{ policy: 'run-one-gateway-and-guardian', resource: 'backend', message: /no gateway was declared before it/ }].map(
      (one) => ({ ...one, message: expect.stringMatching(one.message) }),
    ),
  );
});

it('a secret is never in a message', () => {
  const said = cases
    .filter(([policy]) => policy === 'keep-secrets-out')
    .flatMap(([, platform, , change]) => judge(changed(platform, 'live', change)));
  const words = JSON.stringify(said);
  for (const secret of ['changeme', 'abc123', random, 'hunter2', 'MC4CAQ']) expect(words).not.toContain(secret);
});

it('knows the workloads of the stack', () => {
  const declared = shipped.docker.live.filter(({ type }) => type.includes('Container')).map(({ name }) => name);
  expect(declared).toEqual(expect.arrayContaining([...workloadNames]));
});
