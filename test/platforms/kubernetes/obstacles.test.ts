import { expect, it } from 'vitest';
import { describeRefusal, describeWaiting } from '../../../platforms/kubernetes/obstacles';
import type { Pod } from '../../../platforms/kubernetes/pods';
import type { Program } from '../../../platforms/platform';

const shipped = { kind: 'shipped', entry: 'workloads/backend/server', args: [] } as const;
const own: Program = { kind: 'command', command: ['/backend'], image: 'example.com/own@sha256:1' };

/** A pod of the backend whose container waits, or that has no node. */
function pod(waiting: { reason: string; message?: string } | undefined, unplaced?: string): Pod {
  return {
    metadata: { name: 'backend-1', namespace: 'cutover-main', uid: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'backend', image: 'example.com/cutover@sha256:0' }] },
    status: {
      conditions: unplaced ? [{ type: 'PodScheduled', status: 'False', message: unplaced }] : [],
      containerStatuses: waiting ? [{ name: 'backend', image: '', imageID: '', state: { waiting } }] : [],
    },
  };
}

const describe = (found: Pod, program: Program = shipped) => describeWaiting(found, { name: 'backend', program });

it('names image, workload, setting and cause where an image cannot be pulled', () => {
  const failed = pod({ reason: 'ErrImagePull', message: 'failed:\n  not found' });
  expect(describe(failed)).toEqual([
    {
      code: 'image_missing',
      workload: 'backend',
      patience: 20,
      sentence: expect.stringMatching(
        /^cutover:kubernetes\.image: .* for backend .* received example.com\/cutover@sha256:0, and ErrImagePull: failed: not found;/,
      ),
    },
  ]);
  expect(describe(pod({ reason: 'ImagePullBackOff' }), own)[0]?.sentence).toContain('cutover:workloads.backend.image');
});

it('tells what else a pod waits for, and nothing while all is well', () => {
  const crashed = { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting' };
  expect(describe(pod(crashed))).toMatchObject([{ code: 'pod_waits', patience: null }]);
  expect(describe(pod(undefined, '0/1 nodes: insufficient memory'))).toMatchObject([
    { code: 'pod_waits', sentence: 'backend waits: 0/1 nodes: insufficient memory' },
  ]);
  expect(describe(pod({ reason: 'ContainerCreating' }))).toEqual([]);
  expect(describe(pod(undefined))).toEqual([]);
});

it('names what the cluster says that lets no pod be made, at a bearable length', () => {
  const failure = (status: string) => ({
    status: { conditions: [{ type: 'ReplicaFailure', status, message: `exceeded quota: small${'.'.repeat(1_000)}` }] },
  });
  const [obstacle] = describeRefusal(failure('True'), 'gateway');
  expect(obstacle).toMatchObject({ code: 'pod_refused', workload: 'gateway', patience: 30 });
  expect(obstacle?.sentence).toMatch(/a pod of gateway be made, received: exceeded quota: small/);
  expect(obstacle?.sentence.length).toBeLessThan(600);
  expect(describeRefusal(failure('False'), 'gateway')).toEqual([]);
  expect(describeRefusal({}, 'gateway')).toEqual([]);
});
