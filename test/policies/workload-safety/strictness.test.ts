import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { adviseInPaper, mandatory } from '../../../policies/workload-safety/check';
import { Run } from '../../../policies/workload-safety/run';
import { digestBytes } from '../../../posture/digest';
import { ReadyStack } from '../../helpers/ready-stack';
import { declareResources, judge, policiesOf, type Resource, refusalsOf } from './declared-run';

// When the pack refuses and when it only advises: a fall is never held up, whatever is wrong with it.

const { unknownStringValue, UnknownValueError } = require('@pulumi/policy/proxy') as {
  unknownStringValue: string;
  UnknownValueError: new () => Error;
};

let stack: ReadyStack;
beforeAll(() => {
  stack = new ReadyStack(undefined, Date.now());
});
afterAll(() => stack.destroy());
afterEach(() => vi.unstubAllEnvs());

/** A stack of containers, the backend of it on a tag. */
function tagged(mode: 'paper' | 'live', change: (posture: Resource['props']) => void = () => {}): Resource[] {
  const resources = structuredClone(declareResources('docker', mode));
  const [posture] = resources;
  Object.assign(posture!.props, stack.place);
  change(posture!.props);
  resources.find(({ name }) => name === 'backend')!.props.image = 'cutover:latest';
  return resources;
}
const isRefused = (resources: readonly Resource[]) =>
  refusalsOf(judge(resources)).some(({ policy }) => policy === 'pin-images');

describe('a stack', () => {
  it('on its way to live is refused', () => {
    expect(isRefused(tagged('live'))).toBe(true);
  });

  it('in paper is advised', () => {
    const said = judge(tagged('paper'));
    expect(said.map(({ level, policy }) => `${level} ${policy}`)).toEqual(['advisory advise-in-paper']);
  });

  it('under live is refused what rises, and never what falls', () => {
    const granted = structuredClone(declareResources('docker', 'live')[0]!.props.posture);
    const own = new ReadyStack(undefined, Date.now());
    try {
      own.prove(null, granted);
      own.grant(granted);
      const at = (change: (posture: typeof granted) => void) =>
        isRefused(
          tagged('live', (props) => {
            Object.assign(props, own.place, { posture: structuredClone(granted) });
            change(props.posture);
          }),
        );
      expect(at(() => {})).toBe(false);
      expect(at((posture) => (posture.risk.maxOrderUsd /= 2))).toBe(false);
      expect(at((posture) => (posture.risk.maxOrderUsd *= 2))).toBe(true);
      expect(at((posture) => (posture.workloads.backend = digestBytes('another')))).toBe(true);
    } finally {
      own.destroy();
    }
  });

  it('whose mode is not plainly paper is judged as live', () => {
    for (const mode of ['Paper', '', undefined, 1, null])
      expect(isRefused(tagged('live', (props) => (props.posture.tradingMode = mode)))).toBe(true);
    expect(isRefused(tagged('live', (props) => (props.posture = undefined)))).toBe(true);
  });

  it('in paper is not helped by its word where a workload asks for live', () => {
    const resources = tagged('paper');
    const { props } = resources.find(({ name }) => name === 'backend')!;
    props.envs = props.envs.map((entry: string) => entry.replace('TRADING_MODE=paper', 'TRADING_MODE=live'));
    expect(isRefused(resources)).toBe(true);
  });

  it('is not judged by the posture of another stack', () => {
    const paper = structuredClone(declareResources('docker', 'paper')[0]!);
    paper.props.stack = 'other';
    expect(isRefused([paper, ...tagged('live')])).toBe(true);
    const live = structuredClone(declareResources('docker', 'live')[0]!);
    live.props.stack = 'other';
    expect(isRefused([live, ...tagged('paper')])).toBe(false);
  });
});

describe('a program without a posture', () => {
  const pod = (env: object[]): Resource => ({
    type: 'kubernetes:apps/v1:Deployment',
    name: 'any',
    props: { spec: { template: { spec: { containers: [{ name: 'any', image: 'a:1', env }] } } } },
  });

  it('is judged in full but where it is plainly paper', () => {
    expect(isRefused([pod([])])).toBe(true);
    expect(isRefused([pod([{ name: 'TRADING_MODE', value: 'live' }])])).toBe(true);
    expect(isRefused([pod([{ name: 'TRADING_MODE', value: 'paper' }])])).toBe(false);
  });

  it('is left alone in what the pack does not know', () => {
    expect(judge([{ type: 'aws:s3:Bucket', name: 'b', props: { password: 'hunter2' } }])).toEqual([]);
  });
});

describe('23: a value that is not known', () => {
  const unknown = () => {
    const resources = tagged('live');
    resources.find(({ name }) => name === 'backend')!.props.envs.push(unknownStringValue);
    return resources;
  };

  it('leaves the judgement to the up in a preview', () => {
    vi.stubEnv('PULUMI_NODEJS_DRY_RUN', 'true');
    expect(() => judge(unknown())).toThrow(UnknownValueError);
  });

  it('hides nothing in an up: a value that was written to look unknown does not switch the policies off', () => {
    vi.stubEnv('PULUMI_NODEJS_DRY_RUN', 'false');
    expect(isRefused(unknown())).toBe(true);
    vi.unstubAllEnvs();
    expect(isRefused(unknown())).toBe(true);
  });
});

it('a check that throws refuses towards live, and keeps nobody from paper', () => {
  const broken = {
    name: 'break',
    description: 'breaks',
    find: () => {
      throw new Error('out of order');
    },
  };
  const run = () => {
    const own = new Run();
    return [mandatory(broken, own), adviseInPaper([broken], own)];
  };
  const said = judge(declareResources('process', 'live'), run());
  expect(said.length).toBeGreaterThan(0);
  for (const { message } of said) expect(message).toContain('it cannot be judged: out of order');
  expect(judge(declareResources('process', 'paper'), run())).toEqual([]);
});

it('whatever is handed over, nobody is kept from paper', () => {
  const odd = [null, [], 'text', { envs: 'x' }, { mounts: {} }, { labels: [null] }, { spec: { containers: 1 } }];
  const types = ['docker:index/container:Container', 'kubernetes:apps/v1:Deployment', 'cutover:index:Process'];
  const [posture] = declareResources('docker', 'paper');
  for (const type of types)
    for (const props of odd) {
      const resources = [posture!, { type, name: 'odd', props: { ...(props as object) } }];
      expect(refusalsOf(judge(resources, policiesOf())), JSON.stringify(props)).toEqual([]);
    }
});
