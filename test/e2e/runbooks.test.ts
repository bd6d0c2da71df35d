import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

/** The operators' own commands, B1.1 to B2.3 of their runbook: as they type them, but for the ports. */

const missing = ['curl', 'jq'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const why = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not installed)` : '';

describe.skipIf(missing.length > 0)(`the operators' commands${why}`, () => {
  let project: TestProject;

  beforeAll(async () => {
    await prepareEngine();
    project = await makeProject();
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
  });
  afterAll(() => project?.destroy());

  /** Runs a line of bash on this project's ports; a `jq -e` at its end decides the exit code. @returns what it printed */
  async function run(line: string): Promise<string> {
    const here = line
      .replaceAll('localhost:8000', `localhost:${project.ports.backend}`)
      .replaceAll('localhost:9000', `localhost:${project.ports['model-service']}`);
    const { exitCode, stdout, stderr } = await execa('bash', ['-c', `set -o pipefail; ${here}`], { reject: false });
    expect(exitCode, `${here}\n${stdout}${stderr}`).toBe(0);
    return stdout.trim();
  }
  const postTo = (url: string, body: string) =>
    `curl -s -X POST ${url} -H 'Content-Type: application/json' -d '${body}'`;

  test('B1.1: both services are healthy', async () => {
    expect(await run("curl -s http://localhost:8000/health | jq -e '.ok'")).toBe('true');
    expect(await run("curl -s http://localhost:9000/health | jq -e '.ok'")).toBe('true');
  });

  test('B1.2: the consensus allows or does not', async () => {
    const body = '{"symbol":"BTCUSDT","features":{"mom_20":1.0,"rv_5":0.2,"rsi_14":65.0}}';
    const ask = postTo('http://localhost:8000/api/ai/consensus', body);
    expect(await run(`${ask} | jq -e '.allow | type == "boolean"'`)).toBe('true');
    expect(await run(`${ask} | jq '.allow'`)).toMatch(/^(true|false)$/);
  });

  test('B1.3: an order is a dry run', async () => {
    const body = '{"symbol":"BTCUSDT","side":"buy","qtyUsd":2000,"confidence":0.9}';
    expect(await run(`${postTo('http://localhost:8000/api/trade/execute', body)} | jq -e '.dryRun'`)).toBe('true');
  });

  test('B2.1: mode, threshold and risk are as they should be before live', async () => {
    const health = 'curl -s http://localhost:8000/health';
    expect(await run(`${health} | jq -e -r '.tradingMode'`)).toBe('paper');
    expect(await run(`${health} | jq -e '.config.confidenceThreshold'`)).toBe('0.55');
    expect(
      await run(`${health} | jq -e '.config | .maxOrderUsd, .maxPositionUsd, .maxDrawdown, .maxOrdersPerMinute'`),
    ).toBe('5000\n20000\n0.1\n120');
    expect(await run(`${health} | jq -e '.risk.drawdown | type == "number"'`)).toBe('true');
  });

  test('B2.2: the model is loaded, and its version changes with a deployment of another', async () => {
    const health = 'curl -s http://localhost:9000/health';
    expect(await run(`${health} | jq -e -r '.model_version'`)).toBe('1.0.0');
    expect(await run(`${health} | jq -e '.model_loaded'`)).toBe('true');
    const { version, digest } = JSON.parse(
      readFileSync(path.join(project.dir, 'models', '1.1.0', 'model.json'), 'utf8'),
    ) as { version: string; digest: string };
    const before = await project.pids();
    project.configure('Deploy model 1.1.0', (config) => set(config, 'model', { version, digest }));
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(await run(`${health} | jq -e -r '.model_version'`)).toBe('1.1.0');
    expect(await run(`${health} | jq -e '.model_loaded'`)).toBe('true');
    const { 'model-service': replaced, ...others } = await project.pids();
    expect(replaced).not.toBe(before['model-service']);
    expect(before).toMatchObject(others);
  });

  test('B2.3: confidences for mom_20 from -1 to 1 are sane', async () => {
    const printed = await run(`for mom in -1 -0.8 -0.6 -0.4 -0.2 0.2 0.4 0.6 0.8 1; do
      curl -s -X POST http://localhost:8000/api/ai/consensus -H 'Content-Type: application/json' \\
        -d "{\\"symbol\\":\\"BTCUSDT\\",\\"features\\":{\\"mom_20\\":$mom}}" | jq -e '.confidence' || exit 1
    done`);
    const confidences = printed.split('\n').map(Number);
    expect(confidences).toHaveLength(10);
    for (const confidence of confidences) {
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
    }
    expect(new Set(confidences).size).toBeGreaterThan(1);
  });

  test('B6.3: a risk reset without the operator token is refused', async () => {
    const reset = "curl -s -o /dev/null -w '%{http_code}' -X POST http://localhost:8000/api/risk/reset";
    expect(await run(reset)).toBe('401');
    expect(await run(`${reset} -H 'Authorization: Bearer guessed'`)).toBe('401');
    expect(await run("curl -s -X POST http://localhost:8000/api/risk/reset | jq -e -r '.code'")).toBe('unauthorized');
  });
});
