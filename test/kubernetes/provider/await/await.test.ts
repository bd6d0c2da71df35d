import { describe, expect, it } from 'vitest';
import type { Live } from '../api';
import { podProblems } from './pods';
import { claimNames, rollout } from './rollout';

const revision = (value: string) => ({ 'deployment.kubernetes.io/revision': value });
const available = { type: 'Available', status: 'True' };
const progressed = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' };

function deployment(status: object, more: object = {}): Live {
  return {
    metadata: { name: 'box', uid: 'one', generation: 2, annotations: revision('2'), ...more },
    spec: { replicas: 1 },
    status: { observedGeneration: 2, updatedReplicas: 1, conditions: [available, progressed], ...status },
  };
}

function replicaSet(readyReplicas: number, more: object = {}): Live {
  const metadata = { name: 'box-1', annotations: revision('2'), ownerReferences: [{ uid: 'one' }], ...more };
  return { metadata, spec: { replicas: 1 }, status: { readyReplicas } };
}

const claim = (phase: string): Live => ({ metadata: { name: 'data' }, status: { phase } });

describe('a rollout', () => {
  const look = (found: Live, replicaSets = [replicaSet(1)], claims = [claim('Bound')]) =>
    rollout({ deployment: found, replicaSets, claims });

  it('is done when the replica set of the current revision is ready, and claims are bound', () => {
    expect(look(deployment({}))).toEqual({ ready: true, problems: [] });
    expect(look(deployment({}), [replicaSet(1)], [claim('Pending')])).toEqual({
      ready: false,
      problems: ['Failed to bind PersistentVolumeClaim(s): "data"'],
    });
  });

  it('is not done before the controller has seen it, nor with what belongs to an older revision', () => {
    expect(look(deployment({ observedGeneration: 1 })).ready).toBe(false);
    expect(look(deployment({ updatedReplicas: 0 })).ready).toBe(false);
    expect(look(deployment({}), [replicaSet(0)]).ready).toBe(false);
    expect(look(deployment({}), [replicaSet(1, { annotations: revision('1') })]).ready).toBe(false);
    expect(look(deployment({}), [replicaSet(1, { ownerReferences: [{ uid: 'other' }] })]).ready).toBe(false);
    const first = [replicaSet(1, { annotations: revision('1') })];
    expect(look(deployment({ conditions: [available] }, { annotations: revision('1') }), first).ready).toBe(true);
    expect(look(deployment({ conditions: [available] })).ready).toBe(false);
  });

  it('tells what its conditions say', () => {
    const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' };
    const conditions = [{ ...available, status: 'False', reason: 'Few', message: 'too few' }, late];
    expect(look(deployment({ conditions }), [replicaSet(0)])).toEqual({
      ready: false,
      problems: [
        '[Few] too few',
        '[ProgressDeadlineExceeded] timed out',
        'Minimum number of live Pods was not attained',
      ],
    });
  });

  it('waits for the claims that its pods mount', () => {
    const volumes = [
      { name: 'a', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'b', emptyDir: {} },
    ];
    expect(claimNames({ metadata: { name: 'a' }, spec: { template: { spec: { volumes } } } })).toEqual(['data']);
  });
});

describe('a pod that is not ready', () => {
  const unready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'unready: [box]' };
  const scheduled = { type: 'PodScheduled', status: 'True' };
  const initialised = { type: 'Initialized', status: 'True' };
  const pod = (status: object): Live => ({
    metadata: { name: 'box-1', namespace: 'trading' },
    status: { conditions: [scheduled, initialised, unready], ...status },
  });
  const container = (state: object, lastState = {}) => ({
    containerStatuses: [{ name: 'box', ready: false, state, lastState }],
  });

  it('says what its containers wait for', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "none"' };
    expect(podProblems(pod(container({ waiting })))).toEqual([
      '[Pod trading/box-1]: unready: [box][ImagePullBackOff] Back-off pulling image "none"',
    ]);
    expect(podProblems(pod(container({ waiting: { reason: 'ContainerCreating' } })))).toEqual([
      '[Pod trading/box-1]: unready: [box]',
    ]);
  });

  it('says what they ended with, last words included', () => {
    const terminated = { reason: 'Error', exitCode: 1, finishedAt: 'noon', message: 'no database' };
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' };
    expect(podProblems(pod(container({ waiting }, { terminated })))).toEqual([
      [
        '[Pod trading/box-1]: unready: [box][CrashLoopBackOff] back-off',
        'container "box" terminated at noon (Error: exit code 1)',
        'no database',
      ].join('\n'),
    ]);
    const ended = { reason: 'Error', exitCode: 2 };
    expect(podProblems(pod(container({ terminated: ended })))[0]).toContain('completed with exit code 2');
  });

  it('says nothing when it is ready or has no place yet', () => {
    const none = { ...scheduled, status: 'False', reason: 'Unschedulable', message: 'no node' };
    expect(podProblems(pod({ conditions: [none] }))).toEqual([]);
    expect(podProblems(pod({ conditions: [scheduled, initialised, { ...unready, status: 'True' }] }))).toEqual([]);
  });
});
