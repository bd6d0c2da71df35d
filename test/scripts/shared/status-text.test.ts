import { describe, expect, it } from 'vitest';
import { widthOf } from '../../../posture/explain/text-width';
import type { WorkloadStatus } from '../../../scripts/shared/inspect';
import { describeStatus, type StackStatus } from '../../../scripts/shared/status-text';

const names = ['simulated-venue', 'gateway', 'model-service', 'backend', 'orchestrator', 'guardian'];
const workloads = names.map(
  (workload, index): WorkloadStatus => ({
    workload,
    state: workload === 'backend' ? 'unresponsive' : 'running',
    ok: workload !== 'backend',
    pid: 4_000_000 + index,
    address: `http://127.0.0.1:80${index}0`,
  }),
);
const well: StackStatus = {
  stack: 'main',
  problems: [],
  tradingMode: 'paper',
  halt: null,
  agents: [{ name: 'live_trader', state: 'running' }],
  risk: { equityUsd: 100_000, drawdown: 0.01 },
};
const problem = (index: number) => `problem ${index}: ${'what is wrong is told in many words '.repeat(index % 4)}`;
const wrong: StackStatus = {
  ...well,
  problems: Array.from({ length: 40 }, (_, index) => problem(index + 1)),
  tradingMode: 'live',
  halt: { haltedAt: '2026-11-21T11:30:19.205Z', by: 'ada', reason: '気配が広い '.repeat(200) },
  agents: Array.from({ length: 60 }, (_, index) => ({
    name: `agent_${index}`,
    state: index === 59 ? 'failed' : 'running',
  })),
};
const show = (status: StackStatus, columns?: number, rows?: number) =>
  describeStatus(status, workloads, { columns, rows }).split('\n');

it('off a terminal is whole, however long', () => {
  const lines = show(wrong);
  expect(lines).toHaveLength(1 + 40 + 1 + 2 + 6);
  expect(lines[0]).toBe('Stack main: HALTED, and 40 problems');
  expect(lines[1]).toMatch(/^ {2}! problem 1: /);
  expect(lines.at(-3)).toBe('  backend          unresponsive  4000003  http://127.0.0.1:8030');
});

it('is whole on a screen that it fits', () => {
  expect(show(well, 80, 24)).toEqual([
    'Stack main: all well.',
    '  mode paper, agents live_trader (running)',
    '  equity 100000.00 USD, drawdown 1.00 %',
    ...show(well).slice(-6),
  ]);
});

describe.each([
  [80, 24],
  [40, 16],
  [200, 12],
  [80, 50],
])('on a screen of %i x %i', (columns, rows) => {
  const lines = show(wrong, columns, rows);

  it('fits, with the command and the next prompt', () => {
    expect(lines.length).toBeLessThanOrEqual(rows - 2);
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
  });

  it('says what is wrong first, and how much more of it there is', () => {
    expect(lines[0]).toBe('Stack main: HALTED, and 40 problems');
    expect(lines[1]).toMatch(/^ {2}! problem 1:/);
    const shown = lines.filter((line) => /^ {2}! problem \d+:/.test(line)).length;
    expect(lines).toContain(`  ! and ${40 - shown} more: cutover status --all`);
    expect(lines.join('\n')).toMatch(/HALTED since 2026-11-21T11:30:19.205Z/);
    expect(lines.join(' ')).toMatch(/mode live, agents agent_59\s+\(failed\)/);
    expect(lines.join(' ')).toMatch(/ 5 of 6 workloads are well:\s+cutover\s+status\s+--all$/);
  });
});

it('names the stack where it is not the usual one', () => {
  const lines = show({ ...wrong, stack: 'night' }, 80, 24);
  expect(lines.at(-1)).toBe('  5 of 6 workloads are well: cutover status --all --stack night');
});

it('shows one problem where there is room for none', () => {
  const lines = show(wrong, 80, 6);
  expect(lines[1]).toMatch(/problem 1:/);
  expect(lines[2]).toMatch(/and 39 more/);
});
