import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestPosture, type Posture } from '../../posture/posture';
import { beginRotation, finishRotation } from '../../scripts/shared/rotate-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { makeRealSystem, type RealSystem } from '../helpers/real-system';

// The whole reference system as real processes, told as one story: each test goes on where the one before ended. The
// venue's own record is the judge.
let system: RealSystem;
let live: Posture;
const patient = { timeout: 40_000, interval: 200 };
const grant = async () => (await system.get('guardian', '/health')).grant;
const permit = async () => (await system.get('gateway', '/health')).permit;
const trade = () =>
  system.post('backend', '/api/trade/execute', { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.99 });
const kinds = ['preflight', 'snapshot', 'canary', 'drill'] as const;

beforeAll(async () => {
  system = await makeRealSystem();
}, 60_000);
afterAll(() => system?.destroy(), 60_000);

describe('the guardian', { timeout: 60_000 }, () => {
  it('observes the posture that is declared, and says that keys were never made', async () => {
    const posture = await system.up('paper');
    expect(digestPosture(posture)).toBe(digestPosture(system.declare('paper').posture));
    await expect
      .poll(async () => (await system.get('guardian', '/health')).observed, patient)
      .toEqual({ posture: digestPosture(posture) });
    expect(await grant()).toMatchObject({ state: 'not_initialised', posture: null });
    expect(JSON.stringify(await system.get('guardian', '/replicas'))).not.toContain('CONFIDENCE_THRESHOLD');
    const answer = await system.get('guardian', '/ledger/tail');
    expect(answer).toMatchObject({ code: 'ledger_unavailable' });
  });

  it('refuses live without proof, and names every proof that is missing', async () => {
    system.initialise();
    await system.kill('gateway');
    live = await system.up('live');
    await expect.poll(async () => (await grant()).state, patient).toBe('refused');
    await expect
      .poll(async () => (await system.get('guardian', '/decision')).decision, patient)
      .toMatchObject({
        verdict: 'refuse',
        from: null,
        to: digestPosture(live),
        needs: [...kinds, 'approval'],
        reasons: [...kinds, 'approval'].map((proof) => ({ code: 'missing', proof })),
      });
    expect((await grant()).reasons).toHaveLength(5);
    expect((await permit()).state).toBe('none');
    expect(system.executed()).toBe(0);
    expect(system.ledger().head.seq).toBe(0);
  });

  it('grants what is proved: recorded first, then permitted, and orders reach the venue', async () => {
    system.prove(null, live, kinds);
    await expect.poll(grant, patient).toMatchObject({ state: 'granted', posture: digestPosture(live), reasons: [] });
    await expect.poll(async () => (await permit()).state, patient).toBe('held');
    const { entries } = system.ledger();
    expect(entries.map(({ kind }) => kind)).toEqual(['genesis', 'grant']);
    expect(entries[1]!.body).toMatchObject({ posture: live, evidence: expect.arrayContaining([expect.any(String)]) });
    await expect.poll(() => system.executed(), patient).toBeGreaterThan(0);
    expect(await system.get('guardian', '/ledger/tail')).toHaveProperty('payload');
  });

  it('goes on with the standing grant after it was killed', async () => {
    const before = (await permit()).token;
    await system.kill('guardian');
    await system.up('live');
    await expect.poll(async () => (await permit()).token, patient).toBeGreaterThan(before);
    expect(system.ledger().head.seq).toBe(1);
    expect(await grant()).toMatchObject({ state: 'granted' });
  });

  it('goes on with it under another key, which the gateway believes alone from then on, also after both were killed', async () => {
    const files = stackFiles({ stack: 'main', home: system.home, projectDir: system.home });
    const plan = { roles: ['guardian'], passphrases: [], added: {}, thresholds: {} } as const;
    beginRotation(files, system.trust.root, plan, system.trust.signers.approver);
    await finishRotation(system.operations, files);
    const trustRoot = async () => (await system.get('gateway', '/health')).trustRoot;
    await expect.poll(trustRoot, patient).toMatchObject({ version: 2 });
    await expect.poll(async () => (await permit()).state, patient).toBe('held');
    const before = (await permit()).token;
    for (const workload of ['guardian', 'gateway'] as const) await system.kill(workload);
    await system.up('live');
    expect(await trustRoot()).toMatchObject({ version: 2 });
    await expect.poll(async () => (await permit()).token, patient).toBeGreaterThan(before);
    expect(await grant()).toMatchObject({ state: 'granted', posture: digestPosture(live) });
    expect(system.ledger().entries.map(({ kind }) => kind)).toEqual(['genesis', 'grant', 'rotation']);
    // By an order of the test's own: when the agents see their next reason to trade is up to the market.
    const known = system.executed();
    await expect.poll(() => trade(), patient).toMatchObject({ executed: true, dryRun: false });
    expect(system.executed()).toBeGreaterThan(known);
  });

  it('binds a backend that was replaced as another instance, under the same grant', async () => {
    const before = await system.get('backend', '/instance');
    await system.kill('backend');
    await system.up('live');
    const { token } = await permit();
    await expect.poll(async () => (await permit()).token, patient).toBeGreaterThan(token);
    expect(await grant()).toMatchObject({ state: 'granted' });
    const executed = system.executed();
    // The order is signed by the new instance.
    await expect.poll(() => trade(), patient).toMatchObject({ executed: true, dryRun: false });
    expect(system.executed()).toBeGreaterThan(executed);
    expect((await system.get('backend', '/instance')).key).not.toBe(before.key);
    expect(system.ledger().head.seq).toBe(2);
  });

  it('25: halts when a second trader runs: latched, stopped, verified, recorded', async () => {
    const { command, environment } = system.declare('live').inputs.orchestrator;
    const [agent] = JSON.parse(environment.AGENTS!) as { command: string[] }[];
    // In a folder of its own, without any mark of the stack: only whom it talks to gives it away.
    const second: ChildProcess = spawn(command[0]!, [agent!.command[1]!], {
      env: {
        BACKEND_URL: environment.BACKEND_URL!,
        GATEWAY_URL: environment.GATEWAY_URL!,
        SYMBOLS: 'BTCUSDT',
        AGENT_NAME: 'live_trader',
        CUTOVER_STACK: 'main',
        DATA_DIR: system.home,
        LOG_DIR: system.home,
      },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    try {
      await expect.poll(async () => (await grant()).state, patient).toBe('halted');
      await expect.poll(() => system.ledger().openHalts.length, patient).toBe(1);
    } finally {
      second.kill('SIGKILL');
      await once(second, 'exit');
    }
    const [halt] = system.ledger().openHalts;
    expect(halt!.body).toMatchObject({ by: 'guardian', reason: expect.stringContaining(`PID ${second.pid}`) });
    const { halts } = await system.get('gateway', '/challenge');
    expect(halts).toEqual([halt!.body.id]);
    expect(await system.operations.remainsOf('orchestrator')).toEqual([]);
    // Neither trader's orders are executed any more, by the venue's own record.
    const executed = system.executed();
    expect(await trade()).toMatchObject({ code: 'halted' });
    expect(system.executed()).toBe(executed);
  });

  it('stays halted: no order, no permit, no grant, also after a restart of both', async () => {
    const executed = system.executed();
    await system.kill('guardian');
    await system.kill('gateway');
    await system.up('live');
    await expect
      .poll(async () => (await system.get('guardian', '/health')).observed.posture, patient)
      .toBe(digestPosture(live));
    await expect.poll(grant, patient).toMatchObject({ state: 'halted', posture: null });
    expect((await permit()).state).not.toBe('held');
    expect(system.executed()).toBe(executed);
    expect(system.ledger().openHalts).toHaveLength(1);
    expect(system.ledger().entries.map(({ kind }) => kind)).toEqual(['genesis', 'grant', 'rotation', 'halt']);
  });

  it('lets the way down pass', async () => {
    await system.up('paper');
    await expect.poll(async () => (await system.get('backend', '/health')).tradingMode, patient).toBe('paper');
    expect((await system.get('guardian', '/health')).ok).toBe(true);
  });
});
