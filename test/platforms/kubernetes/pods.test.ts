import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { needOf } from '../../../platforms/kubernetes/conflicts';
import { isAccounted, isStrayElsewhere } from '../../../platforms/kubernetes/observe';
import { realOf, runsItsImage } from '../../../platforms/kubernetes/observe-posture';
import { isAlive, isOwned, type Pod, podAddress, podsOf } from '../../../platforms/kubernetes/pods';
import { parseQuantity } from '../../../platforms/kubernetes/quantity';
import { exitCodeOf } from '../../../platforms/kubernetes/run-inside';
import type { WorkloadName } from '../../../posture/posture';

const digest = `sha256:${'a'.repeat(64)}`;
const image = `registry.example.com/cutover@${digest}`;

const spec = (workload: string): V1PodSpec => ({
  containers: [{ name: workload, image, command: ['node', 'x.js'], env: [{ name: 'PORT', value: '8000' }] }],
});

/** A pod as a Deployment makes it, that runs. */
function makePod(
  workload: WorkloadName,
  name: string,
  change: { metadata?: object; status?: object; spec?: object } = {},
): Pod {
  return {
    metadata: {
      name,
      namespace: 'cutover-main',
      uid: `uid-of-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'cutover.dev/stack': 'main', 'cutover.dev/workload': workload, 'pod-template-hash': 'abc' },
      ownerReferences: [{ kind: 'ReplicaSet', name: `${workload}-abc`, controller: true }],
      ...change.metadata,
    },
    spec: { ...spec(workload), ...change.spec },
    status: {
      phase: 'Running',
      podIP: '10.1.2.3',
      containerStatuses: [
        {
          name: workload,
          image: 'sha256:another',
          imageID: image,
          containerID: 'containerd://1',
          state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
        },
      ],
      ...change.status,
    },
  };
}

describe('isAlive', () => {
  it.each([
    [true, { phase: 'Running' }],
    [true, { phase: 'Unknown' }],
    [true, { phase: 'Pending', initContainerStatuses: [{ name: 'x', state: { running: { startedAt: '' } } }] }],
    [
      false,
      { phase: 'Pending', containerStatuses: [{ name: 'x', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
    ],
    [false, { phase: 'Pending', containerStatuses: [] }],
    [false, { phase: 'Succeeded', containerStatuses: [] }],
    [false, { phase: 'Failed', containerStatuses: [] }],
  ])('is %s for %j', (alive, status) => expect(isAlive(makePod('backend', 'b', { status }))).toBe(alive));
});

describe('isOwned', () => {
  const changes: [string, object][] = [
    ['no owner', { ownerReferences: [] }],
    [
      'the set of another deployment',
      { ownerReferences: [{ kind: 'ReplicaSet', name: 'gateway-abc', controller: true }] },
    ],
    ['another kind of owner', { ownerReferences: [{ kind: 'Job', name: 'backend-abc', controller: true }] }],
    ['an owner that does not control it', { ownerReferences: [{ kind: 'ReplicaSet', name: 'backend-abc' }] }],
    ['no label', { labels: { 'pod-template-hash': 'abc' } }],
  ];
  it('is a pod of the workload’s deployment', () => expect(isOwned(makePod('backend', 'b'), 'backend')).toBe(true));
  it.each(changes)('is none with %s', (_what, metadata) =>
    expect(isOwned(makePod('backend', 'b', { metadata }), 'backend')).toBe(false),
  );
});

describe('podsOf', () => {
  it('names first the pod that stays: not one that goes, and the newest', () => {
    const old = makePod('backend', 'old');
    const fresh = makePod('backend', 'fresh', { metadata: { creationTimestamp: '2026-01-01T00:10:00Z' } });
    const going = makePod('backend', 'going', {
      metadata: { creationTimestamp: '2026-01-01T00:20:00Z', deletionTimestamp: '2026-01-01T00:21:00Z' },
    });
    const names = podsOf([going, old, makePod('gateway', 'g'), fresh], 'backend').map(({ metadata }) => metadata.name);
    expect(names).toEqual(['fresh', 'old', 'going']);
  });
});

describe('strays', () => {
  const seen = (['orchestrator', 'model-service'] as const).map((workload) => ({
    pod: makePod(workload, workload),
    replica: { workload, state: 'running' as const },
  }));
  it('are pods that no deployment of ours owns, and a second pod of a singleton', () => {
    const byHand = makePod('orchestrator', 'by-hand', { metadata: { ownerReferences: [] } });
    expect(isAccounted(makePod('orchestrator', 'orchestrator'), seen)).toBe(true);
    expect(isAccounted(makePod('orchestrator', 'second'), seen)).toBe(false);
    expect(isAccounted(byHand, seen)).toBe(false);
    expect(isAccounted(makePod('model-service', 'next'), seen)).toBe(true);
  });

  it('are pods elsewhere with the stack’s label, or of its images and of no other stack', () => {
    const judge = (labels: object, own = image) =>
      isStrayElsewhere(
        makePod('backend', 'x', { metadata: { labels }, spec: { containers: [{ name: 'x', image: own }] } }),
        'main',
        new Set([image]),
      );
    expect(judge({ 'cutover.dev/stack': 'main' }, 'other')).toBe(true);
    expect(judge({})).toBe(true);
    expect(judge({ 'cutover.dev/stack': 'night' })).toBe(false);
    expect(judge({}, 'other')).toBe(false);
  });
});

describe('what runs', () => {
  const seen = (pod: Pod, others: Pod[] = []) => ({
    replica: { workload: 'backend', state: 'running' } as const,
    pod,
    others,
  });

  it('is what the pod’s spec says', () => {
    expect(realOf(seen(makePod('backend', 'b')))).toMatchObject({
      command: ['node', 'x.js'],
      environment: { PORT: '8000' },
      source: digest,
    });
  });

  it('cannot be told while the container was started from another image', () => {
    const status = { containerStatuses: [{ name: 'backend', image: 'x:old', imageID: `x@sha256:${'b'.repeat(64)}` }] };
    expect(runsItsImage(makePod('backend', 'b', { status }), 'backend')).toBe(false);
    expect(() => realOf(seen(makePod('backend', 'b', { status })))).toThrow('another image');
  });

  it('cannot be told while two different pods run, and can while they are alike', () => {
    const other = { spec: { hostNetwork: true } };
    expect(() => realOf(seen(makePod('backend', 'b'), [makePod('backend', 'c', other)]))).toThrow('being replaced');
    expect(realOf(seen(makePod('backend', 'b'), [makePod('backend', 'c')])).source).toBe(digest);
  });

  it('answers at its own address', () => {
    expect(podAddress(makePod('backend', 'b'))).toBe('http://10.1.2.3:8000');
    expect(podAddress(makePod('backend', 'b', { status: { podIP: 'fd00::1' } }))).toBe('http://[fd00::1]:8000');
    expect(podAddress(makePod('backend', 'b', { status: { podIP: undefined } }))).toBeUndefined();
  });
});

describe('parseQuantity', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1Gi', 2 ** 30],
    ['1e3', 1000],
    ['5G', 5e9],
    [0.5, 0.5],
  ])('reads %s', (text, amount) => expect(parseQuantity(text)).toBeCloseTo(amount));
  it.each(['', 'x', '1Qi'])('reads nothing from %j', (text) => expect(parseQuantity(text)).toBeNaN());
});

describe('needOf', () => {
  it('adds up what a quota counts', () => {
    const resources = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } };
    const one: V1PodSpec = { containers: [{ name: 'x', resources }] };
    const need = needOf([one, one]);
    expect(Object.fromEntries(need)).toMatchObject({
      pods: 2,
      'requests.cpu': 0.1,
      cpu: 0.1,
      'requests.memory': 2 ** 28,
      'limits.memory': 2 ** 31,
    });
    expect(need.has('limits.cpu')).toBe(false);
  });
});

describe('exitCodeOf', () => {
  it.each([
    [{ status: 'Success' }, 0],
    [{ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '4' }] } }, 4],
    [{ status: 'Failure', reason: 'InternalError', message: 'no such file' }, undefined],
  ])('of %j is %s', (status, code) => expect(exitCodeOf(status)).toBe(code));
});
