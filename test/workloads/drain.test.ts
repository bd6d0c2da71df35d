import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { type RunningWorkload, startWorkload, until } from '../helpers/start-workload';

const model = path.resolve(__dirname, '../../models/1.0.0/model.onnx');
let service: RunningWorkload;
let agent: Agent;

beforeEach(async () => {
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  service = await startWorkload('workloads/model-service/server.ts', {
    MODEL_PATH: model,
    MODEL_VERSION: '1.0.0',
    MODEL_DIGEST: digestBytes(readFileSync(model)),
  });
});
afterEach(async () => {
  agent.destroy();
  await service.stop('SIGKILL');
});

/** Asks on the one connection that is kept. */
async function ask(): Promise<Pick<IncomingMessage, 'statusCode' | 'headers'> & { isKept: boolean }> {
  const sent = request(`${service.url}/health`, { agent });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject).end();
  });
  await text(response);
  return { statusCode: response.statusCode, headers: response.headers, isKept: sent.reusedSocket };
}

it('a request on a connection that was kept is still answered after SIGTERM, and closes it', async () => {
  expect(await ask()).toMatchObject({ statusCode: 200, headers: { connection: 'keep-alive' } });
  const ended = service.stop('SIGTERM');
  await until(() => service.output().includes('"stopping"'));
  expect(await ask()).toMatchObject({ statusCode: 200, headers: { connection: 'close' }, isKept: true });
  expect(await ended).toBe(0);
});

it('a client that keeps its connection and says nothing does not keep the service', async () => {
  await ask();
  expect(await service.stop('SIGTERM')).toBe(0);
});
