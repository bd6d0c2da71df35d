import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import { encodeModel } from '../../../workloads/model-service/onnx';
import { bundleEntry } from '../../helpers/bundle';
import { freePort } from '../../helpers/free-port';

const folder = mkdtempSync(path.join(tmpdir(), 'model-service-'));
const good = path.join(folder, 'model.onnx');
cpSync(path.resolve(__dirname, '../../../models/1.0.0/model.onnx'), good);
const goodDigest = digestBytes(readFileSync(good));
const started: ChildProcess[] = [];
let entry: string;
let port: number;

beforeAll(async () => {
  entry = await bundleEntry('workloads/model-service/server.ts');
  port = await freePort();
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(model: { path: string; version?: string; digest: string }): ChildProcess {
  const child = spawn(process.execPath, [entry], {
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      MODEL_PATH: model.path,
      MODEL_VERSION: model.version ?? '1.0.0',
      MODEL_DIGEST: model.digest,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}

async function refusalOf(model: Parameters<typeof start>[0]): Promise<{ exitCode: number; log: string }> {
  const child = start(model);
  let log = '';
  child.stdout!.on('data', (chunk) => {
    log += chunk;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, log };
}

describe('a model that is not what was declared ends the process with code 78', () => {
  const write = (name: string, content: string | Uint8Array) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return { path: file, digest: digestBytes(readFileSync(file)) };
  };
  const network = {
    mean: [0],
    scale: [1],
    hiddenWeights: [[1]],
    hiddenBias: [0],
    outputWeights: [1],
    outputBias: 0,
  };

  it('another digest: both are named', async () => {
    const declared = `sha256:${'0'.repeat(64)}`;
    const { exitCode, log } = await refusalOf({ path: good, digest: declared });
    expect(exitCode).toBe(78);
    expect(log).toContain('model_digest_mismatch');
    expect(log).toContain(declared);
    expect(log).toContain(goodDigest);
  });

  it('a flipped bit', async () => {
    const bytes = readFileSync(good);
    bytes[400]! ^= 1;
    const { exitCode, log } = await refusalOf({ path: write('flipped.onnx', bytes).path, digest: goodDigest });
    expect(exitCode).toBe(78);
    expect(log).toContain('model_digest_mismatch');
  });

  it.each([
    ['a missing file', 'model_missing', () => ({ path: path.join(folder, 'none.onnx'), digest: goodDigest })],
    ['another version', 'model_version_mismatch', () => ({ path: good, digest: goodDigest, version: '1.1.0' })],
    ['an empty file', 'model_unreadable', () => write('empty.onnx', '')],
    ['a file of garbage', 'model_unreadable', () => write('garbage.onnx', 'not a model '.repeat(50))],
    [
      'a model with inputs of another shape',
      'model_unreadable',
      () =>
        write(
          'shape.onnx',
          encodeModel(network, { version: '1.0.0', featureNames: ['a', 'b'], neutralValues: { a: 0, b: 0 } }),
        ),
    ],
  ])('%s', async (_, code, model) => {
    const { exitCode, log } = await refusalOf(model());
    expect(log).toContain(`"code":"${code}"`);
    expect(exitCode).toBe(78);
  });
});

describe('the running service', () => {
  const post = (body: string) =>
    fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });

  beforeAll(async () => {
    const child = start({ path: good, digest: goodDigest });
    for await (const chunk of child.stdout!) if (String(chunk).includes('"listening"')) break;
  });

  it('says which model it runs', async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await response.json()).toMatchObject({
      ok: true,
      model_version: '1.0.0',
      model_loaded: true,
      model_digest: goodDigest,
    });
  });

  it('predicts, also for many callers at once', async () => {
    const moms = Array.from({ length: 40 }, (_, index) => index / 20 - 1);
    const confidences = await Promise.all(
      moms.map(async (mom_20) => {
        const response = await post(JSON.stringify({ features: { mom_20 } }));
        const answer = (await response.json()) as { confidence: number; model_version: string };
        expect(answer.model_version).toBe('1.0.0');
        return answer.confidence;
      }),
    );
    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences.at(-1)! - confidences[0]!).toBeGreaterThan(0.2);
  });

  it('refuses unknown and non-finite features by name', async () => {
    const response = await post('{"features": {"mom_20": 1e999, "momentum": 1}}');
    expect(response.status).toBe(400);
    const answer = (await response.json()) as { code: string; failures: string[] };
    expect(answer.code).toBe('invalid_features');
    expect(answer.failures).toEqual([expect.stringContaining('mom_20'), expect.stringContaining('momentum')]);
  });

  it('ends at SIGTERM', async () => {
    const child = started.at(-1)!;
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
