import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { isAlive, listProcesses, readEnvironment, readStartTime } from '../../../platforms/process-identity';
import { lockFile, readLock } from '../../../workloads/orchestrator/lock-file';
import { readRecord, writeRecord } from '../../../workloads/orchestrator/record';
import { until } from '../../helpers/start-workload';
import { askHealth, bundleOrchestrator, createHome, type Home, type Running, start } from './harness';

let orchestrator: Awaited<ReturnType<typeof bundleOrchestrator>>;
beforeAll(async () => {
  orchestrator = await bundleOrchestrator();
});

const homes: Home[] = [];
afterAll(async () => {
  for (const home of homes) await home.remove();
});

async function newHome(...args: Parameters<typeof createHome>): Promise<Home> {
  const home = await createHome(...args);
  homes.push(home);
  return home;
}

const patient = { timeout: 15_000 };

async function startHealthy(home: Home): Promise<Running> {
  const running = orchestrator.run(home);
  await until(async () => (await askHealth(home))?.body.pid === running.pid);
  return running;
}

function agentProcesses(home: Home): number[] {
  return listProcesses().filter((pid) => {
    const environment = readEnvironment(pid);
    return environment?.DATA_DIR === home.dataDir && environment.AGENT_NAME !== undefined;
  });
}

// Ends when its standard input closes, as the contract asks of an agent.
const polite = { name: 'polite', command: ['cat'] };
// Heeds neither SIGTERM nor the end of its standard input.
const stubborn = { name: 'stubborn', command: ['sh', '-c', "trap '' TERM; while :; do sleep 0.1; done"] };

describe.concurrent('run', () => {
  test('without agents is healthy', async ({ expect }) => {
    const home = await newHome();
    const running = await startHealthy(home);
    const { status, body } = (await askHealth(home))!;
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: true, agents: [], duplicates: [], lock: { pid: running.pid } });
    expect(body.slice).toBe(home.env.CUTOVER_SLICE);
  });

  test('gives its agents their environment, in its own process group, and logs what they say', async ({ expect }) => {
    const command = ['sh', '-c', 'echo "$AGENT_NAME $SYMBOLS $GATEWAY_URL [$PORT] $0"; echo oops >&2; exec cat'];
    const home = await newHome([{ name: 'talker', command, args: ['argument'] }]);
    const running = await startHealthy(home);
    await expect.poll(() => home.log('talker'), patient).toBe('talker BTCUSDT http://127.0.0.1:9 [] argument\noops\n');
    const [agent] = (await askHealth(home))!.body.agents;
    expect(agent).toMatchObject({ name: 'talker', state: 'running', restarts: 0 });
    expect(agentProcesses(home)).toContain(agent.pid);
    running.process.kill('SIGTERM');
    expect(await running.ended).toBe(0);
    expect(agentProcesses(home)).toEqual([]);
    expect(readLock(home.dataDir)).toEqual({ kind: 'free' });
  });

  test('names every failure of its environment at once and exits with 78', async ({ expect }) => {
    const home = await newHome();
    const running = orchestrator.run(home, {
      AGENTS: '[{"name":"Bad Name","command":[]}]',
      PORT: 'x',
      GATEWAY_URL: '',
    });
    expect(await running.ended).toBe(78);
    for (const name of ['AGENTS.0.name', 'AGENTS.0.command', 'PORT', 'GATEWAY_URL'])
      expect(running.output()).toContain(name);
  });

  test('is refused while another one runs, also a stopped one', async ({ expect }) => {
    const home = await newHome([polite]);
    const first = await startHealthy(home);
    first.process.kill('SIGSTOP');
    expect(await orchestrator.run(home).ended).toBe(3);
    expect((await orchestrator.call('status', home)).body).toMatchObject({ ok: true, pid: first.pid });
    expect(readLock(home.dataDir)).toMatchObject({ kind: 'live', record: { pid: first.pid } });
    first.process.kill('SIGCONT');
    expect((await askHealth(home))?.status).toBe(200);
  });

  test('starts a killed agent again', async ({ expect }) => {
    const home = await newHome([polite]);
    await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBe(1);
    const [pid] = agentProcesses(home);
    process.kill(pid!, 'SIGKILL');
    await expect
      .poll(async () => (await askHealth(home))?.body.agents[0], patient)
      .toMatchObject({ state: 'running', restarts: 1 });
    expect(agentProcesses(home)).not.toContain(pid);
  });

  test('is unhealthy when an agent keeps ending, naming it and its last words', async ({ expect }) => {
    const home = await newHome([
      { name: 'crasher', command: ['sh', '-c', 'echo last words; exit 1'] },
      { name: 'missing', command: ['/no/such/program'] },
      polite,
    ]);
    await startHealthy(home);
    await expect.poll(async () => (await askHealth(home))?.status, patient).toBe(503);
    await expect.poll(async () => (await askHealth(home))?.body.reason, patient).toMatch(/crasher.*missing/);
    const { body } = (await askHealth(home))!;
    expect(body.ok).toBe(false);
    expect(body.reason).toMatch(/last words.*ENOENT/);
    expect(body.reason).not.toContain('polite');
  });
});

describe.concurrent('a killed orchestrator', () => {
  test('takes its agents along, and the next one takes over its lock', async ({ expect }) => {
    const home = await newHome([polite]);
    const first = await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBe(1);
    first.process.kill('SIGKILL');
    await first.ended;
    await expect.poll(() => agentProcesses(home), patient).toEqual([]);
    expect(readLock(home.dataDir).kind).toBe('stale');
    expect(await orchestrator.call('status', home)).toMatchObject({
      code: 4,
      body: { ok: false, pid: null, agents: [{ name: 'polite', state: 'stopped' }] },
    });
    const second = await startHealthy(home);
    expect(readLock(home.dataDir)).toMatchObject({ kind: 'live', record: { pid: second.pid } });
  });

  test('leaves a stubborn agent, which the next one ends before it starts its own', async ({ expect }) => {
    const home = await newHome([stubborn]);
    const first = await startHealthy(home);
    await expect.poll(() => readRecord(home.dataDir)?.agents[0]?.pid, patient).toBeGreaterThan(0);
    const { pid, startTime } = readRecord(home.dataDir)!.agents[0]!;
    first.process.kill('SIGKILL');
    await first.ended;
    expect(isAlive({ pid: pid!, startTime: startTime! })).toBe(true);
    await startHealthy(home);
    expect(isAlive({ pid: pid!, startTime: startTime! })).toBe(false);
    await expect
      .poll(async () => (await askHealth(home))?.body, patient)
      .toMatchObject({
        ok: true,
        duplicates: [],
        agents: [{ state: 'running' }],
      });
  });

  test('leaves a stubborn agent, which stop ends', async ({ expect }) => {
    const home = await newHome([stubborn]);
    const first = await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBeGreaterThan(0);
    first.process.kill('SIGKILL');
    await first.ended;
    expect(await orchestrator.call('stop', home)).toMatchObject({ code: 0, body: { stopped: true, lock: 'cleaned' } });
    // What the agent started in the very moment of its end outlives it, if only by the tenth of a second that it sleeps.
    await expect.poll(() => agentProcesses(home), patient).toEqual([]);
  });

  test('leaves an agent that it never recorded, which the next one ends, or stop', async ({ expect }) => {
    for (const next of ['run', 'stop'] as const) {
      const home = await newHome([stubborn]);
      const first = await startHealthy(home);
      await expect.poll(() => agentProcesses(home).length, patient).toBeGreaterThan(0);
      first.process.kill('SIGKILL');
      await first.ended;
      const orphans = agentProcesses(home);
      expect(orphans.length).toBeGreaterThan(0);
      rmSync(home.file('agents.json'), { force: true });
      if (next === 'run') await startHealthy(home);
      else expect(await orchestrator.call('stop', home)).toMatchObject({ code: 0, body: { stopped: true } });
      expect(agentProcesses(home).filter((pid) => orphans.includes(pid))).toEqual([]);
    }
  });
});

describe.concurrent('stop', () => {
  test('with nothing to stop is done', async ({ expect }) => {
    expect(await orchestrator.call('stop', await newHome())).toMatchObject({ code: 0, body: { lock: 'none' } });
  });

  test('ends an agent that ignores SIGTERM', async ({ expect }) => {
    const home = await newHome([stubborn]);
    const running = await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBeGreaterThan(0);
    expect(await orchestrator.call('stop', home)).toMatchObject({
      code: 0,
      // On a busy machine the agent that the orchestrator has killed may outlive it by a moment, and is asked too.
      body: { asked: expect.arrayContaining([running.pid]), killed: [] },
    });
    expect(agentProcesses(home)).toEqual([]);
    expect(await running.ended).toBe(0);
    expect((await orchestrator.call('status', home)).code).toBe(4);
  });

  test('kills an orchestrator that hangs, agents included', async ({ expect }) => {
    const home = await newHome([stubborn]);
    const running = await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBeGreaterThan(0);
    running.process.kill('SIGSTOP');
    const stopped = await orchestrator.call('stop', home);
    expect(stopped).toMatchObject({ code: 0, body: { lock: 'cleaned' } });
    expect(stopped.body.killed).toContain(running.pid);
    expect(await running.ended).toBe('SIGKILL');
    expect(agentProcesses(home)).toEqual([]);
  });

  test('finds an orchestrator whose lock file is lost', async ({ expect }) => {
    const home = await newHome([polite]);
    const running = await startHealthy(home);
    writeFileSync(lockFile(home.dataDir), '');
    expect((await orchestrator.call('status', home)).code).toBe(0);
    expect((await askHealth(home))?.body).toMatchObject({ ok: false });
    expect((await orchestrator.call('stop', home)).code).toBe(0);
    expect(await running.ended).toBe(0);
  });

  test('leaves a stranger alone that has the PID of a dead owner or agent', async ({ expect }) => {
    const home = await newHome();
    mkdirSync(home.dataDir, { recursive: true });
    const stranger = start('sleep', ['60'], { ...home.env, CUTOVER_WORKLOAD: 'stranger' });
    const stale = { pid: stranger.pid, startTime: 'boot:1' };
    writeFileSync(
      lockFile(home.dataDir),
      JSON.stringify({ ...stale, owner: 'main', acquiredAt: '2026-01-01T00:00:00Z' }),
    );
    const agent = { name: 'a', state: 'running' as const, restarts: 0, startedAt: null, script: 'a', ...stale };
    writeRecord(home.dataDir, { orchestrator: stale, slice: 's', version: 'v', agents: [agent] });
    expect((await orchestrator.call('status', home)).code).toBe(4);
    expect(await orchestrator.call('stop', home)).toMatchObject({ code: 0, body: { asked: [], lock: 'cleaned' } });
    expect(readStartTime(stranger.pid)).toBeDefined();
  });
});

describe.concurrent('duplicates', () => {
  const script = "trap '' HUP; while :; do sleep 0.1; done # trader_by_hand";

  test('outside the orchestrator are reported, its own agents are not', async ({ expect }) => {
    const home = await newHome([{ name: 'trader', command: ['sh', '-c', script] }]);
    const running = await startHealthy(home);
    await expect.poll(() => agentProcesses(home).length, patient).toBeGreaterThan(0);
    expect((await askHealth(home))!.body.duplicates).toEqual([]);

    const { CUTOVER_WORKLOAD: _, ...byHand } = home.env;
    const duplicate = start('sh', ['-c', script], byHand);
    const otherStack = start('sh', ['-c', script], { ...byHand, CUTOVER_STACK: 'other' });
    await expect.poll(() => readEnvironment(otherStack.pid)?.CUTOVER_STACK, patient).toBe('other');
    const reported = [{ pid: duplicate.pid, agent: 'trader' }];
    await expect
      .poll(async () => (await askHealth(home))?.body.duplicates, patient)
      .toEqual([expect.objectContaining(reported[0])]);
    expect((await orchestrator.call('status', home)).body.duplicates).toMatchObject(reported);
    expect((await askHealth(home))?.status).toBe(200);
    running.process.kill('SIGTERM');
    await running.ended;
  });
});

test('an unknown verb is wrong use', async ({ expect }) => {
  const home = await newHome();
  expect(await orchestrator.start('halt', home).ended).toBe(2);
});
