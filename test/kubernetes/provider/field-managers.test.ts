import { describe, expect, it } from 'vitest';
import type { ManagedFields } from './api';
import { leaveIgnored, takeOver } from './field-managers';

const entry = (manager: string, operation: string, fieldsV1: object, more: Partial<ManagedFields> = {}) => ({
  manager,
  operation,
  fieldsV1: fieldsV1 as Record<string, unknown>,
  ...more,
});

describe('an update', () => {
  const created = entry('pulumi-kubernetes', 'Update', { 'f:spec': { 'f:a': {} } });
  const own = entry('pulumi-kubernetes-12', 'Apply', { 'f:spec': { 'f:b': {} } });
  const set = entry('kubectl-set', 'Update', { 'f:spec': { 'f:c': {} } });
  const controller = entry('kube-controller-manager', 'Update', { 'f:status': {} }, { subresource: 'status' });

  it('takes over the fields of its creation and of kubectl, together with its own', () => {
    const taken = takeOver([created, controller, set, own], own.manager);
    const fieldsV1 = { 'f:spec': { 'f:a': {}, 'f:b': {}, 'f:c': {} } };
    expect(taken).toEqual([controller, { ...own, fieldsV1 }]);
    expect(takeOver([created], 'me')).toEqual([{ ...created, manager: 'me', operation: 'Apply' }]);
  });

  it('leaves alone everyone else, such as who scales', () => {
    const guardian = entry('guardian', 'Update', { 'f:spec': {} });
    const scaled = entry('kubectl-scale', 'Update', { 'f:spec': {} }, { subresource: 'scale' });
    expect(takeOver([own, guardian, scaled, controller], own.manager)).toBeUndefined();
  });
});

describe('what is ignored', () => {
  const inputs = { spec: { replicas: 1, paused: true } };
  const scaled = entry('guardian', 'Update', { 'f:spec': { 'f:replicas': {} } });
  const live = (...managedFields: ManagedFields[]) => ({ spec: { replicas: 0 }, metadata: { managedFields } });

  it('is not applied where someone else alone manages it', () => {
    expect(leaveIgnored(inputs, live(scaled), 'me', ['spec.replicas'])).toEqual({ spec: { paused: true } });
  });

  it('is applied as it is where it is one’s own too, or nobody’s', () => {
    const mine = entry('me', 'Apply', { 'f:spec': { 'f:replicas': {} } });
    for (const found of [live(scaled, mine), live()]) {
      expect(leaveIgnored(inputs, found, 'me', ['spec.replicas'])).toEqual({ spec: { replicas: 0, paused: true } });
    }
    expect(leaveIgnored(inputs, live(), 'me', ['spec.other'])).toEqual(inputs);
  });

  it('cannot be in a list', () => {
    expect(() => leaveIgnored(inputs, live(), 'me', ['spec.a[0].b'])).toThrow('within lists');
  });
});
