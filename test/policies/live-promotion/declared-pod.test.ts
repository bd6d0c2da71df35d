import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { readDeclaredWorkload } from '../../../policies/live-promotion/declared-workload';
import { findForeignInputs } from '../../../posture/match-workload';
import { workloadNames } from '../../../posture/posture';
import { declare } from '../../platforms/kubernetes/declare';

const { posture, pods } = declare({ 'cutover:tradingMode': 'live' });
const deployment = 'kubernetes:apps/v1:Deployment';
const asDeployment = (name: (typeof workloadNames)[number]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas: 1, template: structuredClone(pods[name]) },
});

describe('a deployment of ours', () => {
  it.each(workloadNames)('%s carries out its part of the posture', (name) => {
    const real = readDeclaredWorkload(deployment, asDeployment(name))!;
    expect(real.workload).toBe(name);
    expect(findForeignInputs(posture, name, real)).toEqual([]);
  });

  it('with a second container does not', () => {
    const own = asDeployment('backend');
    own.spec.template.spec!.containers.push({ name: 'second', image: 'any' });
    const real = readDeclaredWorkload(deployment, own)!;
    expect(findForeignInputs(posture, 'backend', real)).toEqual(['its command or settings']);
  });
});

const live = [{ name: 'TRADING_MODE', value: 'live' }];
const paper = [{ name: 'TRADING_MODE', value: 'paper' }];
const pod = (spec: Partial<V1PodSpec>, labels = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'main', image: 'any' }], ...spec },
});
const asking = pod({ containers: [{ name: 'main', env: live }] });

/** The mode that a resource is read to ask for; undefined where it is none of the pack's business. */
const modeOf = (type: string, props: object) => readDeclaredWorkload(type, { ...props })?.environment.TRADING_MODE;

describe('a mode that is asked for', () => {
  it.each([
    ['core/v1:Pod', asking],
    ['core/v1:PodPatch', asking],
    ['core/v1:PodTemplate', { template: asking }],
    ['core/v1:ReplicationController', { spec: { template: asking } }],
    ['apps/v1:Deployment', { spec: { template: asking } }],
    ['apps/v1:DeploymentPatch', { spec: { template: asking } }],
    ['apps/v1:StatefulSet', { spec: { template: asking } }],
    ['apps/v1:DaemonSet', { spec: { template: asking } }],
    ['apps/v1:ReplicaSet', { spec: { template: asking } }],
    ['apps/v1:DeploymentList', { items: [{ spec: { template: pod({}) } }, { spec: { template: asking } }] }],
    ['batch/v1:Job', { spec: { template: asking } }],
    ['batch/v1:CronJob', { spec: { jobTemplate: { spec: { template: asking } } } }],
    ['argoproj.io/v1alpha1:Rollout', { spec: { template: asking } }],
  ])('is found in %s', (type, props) => {
    expect(modeOf(`kubernetes:${type}`, props)).toBe('live');
  });

  it.each<[string, Partial<V1PodSpec>, object, string | undefined]>([
    ['nowhere', {}, {}, undefined],
    ['in paper', { containers: [{ name: 'main', env: paper }] }, {}, 'paper'],
    [
      'in another container',
      {
        containers: [
          { name: 'a', env: paper },
          { name: 'b', env: live },
        ],
      },
      {},
      'live',
    ],
    ['in an init container', { initContainers: [{ name: 'b', env: live }] }, {}, 'live'],
    ['twice', { containers: [{ name: 'main', env: [...paper, ...live] }] }, {}, 'live'],
    [
      'from elsewhere',
      { containers: [{ name: 'main', env: [{ name: 'TRADING_MODE', valueFrom: {} }] }] },
      {},
      'a value from elsewhere',
    ],
    [
      'by what is expanded',
      { containers: [{ name: 'main', env: [{ name: 'TRADING_MODE', value: '$(X)' }] }] },
      {},
      '$(X)',
    ],
    [
      'by a whole ConfigMap, in a pod of somebody else',
      { containers: [{ name: 'main', envFrom: [{}] }] },
      {},
      undefined,
    ],
    [
      'by a whole ConfigMap',
      { containers: [{ name: 'main', envFrom: [{}] }] },
      { 'cutover.dev/stack': 'main' },
      'a value from elsewhere',
    ],
  ])('%s', (_where, spec, labels, mode) => {
    expect(modeOf('kubernetes:core/v1:Pod', pod(spec, labels))).toBe(mode);
  });

  it('is none in what holds no pod', () => {
    expect(modeOf('kubernetes:core/v1:Service', { spec: { ports: [] } })).toBeUndefined();
    expect(modeOf('kubernetes:networking.k8s.io/v1:NetworkPolicy', asking)).toBeUndefined();
    expect(modeOf('other:core/v1:Pod', asking)).toBeUndefined();
  });

  it('a second pod in a list is not taken for the first', () => {
    const items = [asDeployment('backend'), asDeployment('backend')];
    const real = readDeclaredWorkload('kubernetes:apps/v1:DeploymentList', { items })!;
    expect(findForeignInputs(posture, 'backend', real)).toEqual(['its command or settings']);
  });
});
