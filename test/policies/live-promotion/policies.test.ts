import { fc, test } from '@fast-check/vitest';
import type { PolicyPackConfig, ReportViolation, ResourceValidationArgs } from '@pulumi/policy';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resourceTypes } from '../../../platforms/resource-types';
import { refuseLivePosture } from '../../../policies/live-promotion/refuse-live-posture';
import { refuseLiveWorkload } from '../../../policies/live-promotion/refuse-live-workload';
import { anyPosture } from '../../helpers/any-posture';
import { paperPosture } from '../../helpers/posture';

// How the engine's host wraps what a policy sees: reading a value that is not known yet throws.
const { unknownCheckingProxy, UnknownValueError } = require('@pulumi/policy/proxy') as {
  unknownCheckingProxy<T>(props: T): T;
  UnknownValueError: new () => Error;
};
const { unknownStringValue } = require('@pulumi/policy/proxy') as { unknownStringValue: string };

afterEach(() => vi.unstubAllEnvs());

type Policy = typeof refuseLivePosture;

function judge(policy: Policy, type: string, props: Record<string, unknown>): string[] {
  const said: string[] = [];
  const report: ReportViolation = (message) => void said.push(message);
  const args = { type, name: 'subject', props: unknownCheckingProxy(props), getConfig: () => ({}) as PolicyPackConfig };
  const { validateResource } = policy;
  if (typeof validateResource !== 'function') throw new Error('expected one function that validates');
  validateResource(args as unknown as ResourceValidationArgs, report);
  return said;
}

const posture = (props: Record<string, unknown>) => judge(refuseLivePosture, resourceTypes.posture, props);
const workload = (environment: unknown) => judge(refuseLiveWorkload, resourceTypes.process, { environment });

/** Everything that is not exactly `paper`. */
const notPaper = fc.oneof(
  fc.constantFrom<unknown>('live', 'LIVE', 'Paper', 'PAPER', ' paper', 'paper ', 'paper\n', '', null, ['paper']),
  fc.jsonValue().filter((value) => value !== 'paper'),
);

describe('refuse-live-posture', () => {
  test.prop([anyPosture, fc.option(anyPosture, { nil: undefined })])(
    'lets paper pass, whatever else changes with it and whatever was before',
    (wanted, previous) => {
      const props = { digest: 'any', posture: { ...wanted, tradingMode: 'paper' } };
      expect(posture(previous ? { ...props, previous } : props)).toEqual([]);
    },
  );

  test.prop([anyPosture, notPaper, fc.option(anyPosture, { nil: undefined })])(
    'refuses anything else once, whatever was before: live is no excuse for staying live',
    (wanted, tradingMode, previous) => {
      expect(posture({ posture: { ...wanted, tradingMode }, previous })).toHaveLength(1);
    },
  );

  it.each([[{}], [{ posture: null }], [{ posture: {} }], [{ posture: 'paper' }], [{ tradingMode: 'paper' }]])(
    'refuses a posture without a mode: %j',
    (props) => {
      expect(posture(props)).toHaveLength(1);
    },
  );

  it('does not take an unknown mode for paper: a preview leaves it to the up, and the up refuses it', () => {
    const unknown = { posture: { ...paperPosture, tradingMode: unknownStringValue } };
    vi.stubEnv('PULUMI_NODEJS_DRY_RUN', 'true');
    expect(() => posture(unknown)).toThrow(UnknownValueError);
    vi.unstubAllEnvs();
    expect(posture(unknown)).toHaveLength(1);
  });

  it('names both sides of the transition and what is missing', () => {
    const props = { posture: { ...paperPosture, tradingMode: 'live' } };
    expect(posture({ ...props, previous: paperPosture })).toEqual([
      expect.stringMatching(
        /^tradingMode paper -> live is refused: no proof of preflight, snapshot, canary, drill, approval/,
      ),
    ]);
    expect(posture(props)).toEqual([expect.stringMatching(/^tradingMode nothing deployed -> live is refused/)]);
    expect(posture({ posture: { tradingMode: { toString: 1 } } })).toEqual([
      expect.stringContaining('-> {"toString":1} is refused'),
    ]);
  });

  test.prop([fc.string(), fc.jsonValue()])('leaves other resources alone', (type, value) => {
    fc.pre(type !== resourceTypes.posture);
    expect(judge(refuseLivePosture, type, { posture: value })).toEqual([]);
  });
});

describe('refuse-live-workload', () => {
  const variables = fc
    .dictionary(fc.string(), fc.string())
    .map((entries) => Object.fromEntries(Object.entries(entries).filter(([name]) => name !== 'TRADING_MODE')));

  test.prop([variables])('lets pass what starts in paper, or does not trade', (environment) => {
    expect(workload(environment)).toEqual([]);
    expect(workload({ ...environment, TRADING_MODE: 'paper' })).toEqual([]);
  });

  test.prop([variables, notPaper])('refuses any other mode once', (environment, mode) => {
    expect(workload({ ...environment, TRADING_MODE: mode })).toHaveLength(1);
  });

  it('does not take an unknown mode or an unknown environment for paper', () => {
    vi.stubEnv('PULUMI_NODEJS_DRY_RUN', 'true');
    for (const unknown of [{ TRADING_MODE: unknownStringValue }, { ANY: unknownStringValue }, unknownStringValue])
      expect(() => workload(unknown)).toThrow(UnknownValueError);
    vi.unstubAllEnvs();
    for (const unknown of [{ TRADING_MODE: unknownStringValue }, unknownStringValue])
      expect(workload(unknown)).toHaveLength(1);
  });

  it('is not switched off in an up by a value that was written to look unknown', () => {
    expect(workload({ TRADING_MODE: 'live', ANY: unknownStringValue })).toHaveLength(1);
    expect(workload({ TRADING_MODE: 'paper', ANY: unknownStringValue })).toEqual([]);
  });

  it('names the workload and its mode', () => {
    expect(workload({ TRADING_MODE: 'live' })).toEqual([
      expect.stringMatching(/^subject would start with TRADING_MODE=live: no live posture was allowed in this run/),
    ]);
  });

  it('leaves other resources alone', () => {
    expect(judge(refuseLiveWorkload, 'other:index:Process', { environment: { TRADING_MODE: 'live' } })).toEqual([]);
    expect(workload(undefined)).toEqual([]);
  });
});
