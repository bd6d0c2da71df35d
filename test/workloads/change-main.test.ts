import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HaltLatch } from '../../workloads/gateway/halt-latch';
import { leaveHalt } from '../../workloads/gateway/leave-halt';
import { recordIncident } from '../../workloads/guardian/record-incident';
import { bundleEntry } from '../helpers/bundle';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-change-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the shipped program as a pod does: its standard input stays open. */
async function change(name: string, input: unknown): Promise<Record<string, unknown>> {
  const body = Buffer.from(JSON.stringify(input));
  const entry = await bundleEntry(`${leaveHalt.entry}.ts`);
  const child = spawn(process.execPath, [entry, name, String(body.length)], { env: { DATA_DIR: folder } });
  child.stdin.write(body);
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  child.stdin.destroy();
  return JSON.parse(said);
}

it('latches a halt in the data of the workload that it runs beside, as the platform does here', async () => {
  const asked = { id: 'a', reason: 'why', by: 'me' };
  const { output } = await change(leaveHalt.name, asked);
  expect(output).toMatchObject({ reason: 'why', by: 'me' });
  expect(new HaltLatch(folder).id()).toBe('a');
  // Another over it keeps the first, and waits beside it.
  expect((await change(leaveHalt.name, { ...asked, id: 'b' })).output).toEqual(output);
  const [record] = readdirSync(path.join(folder, 'halt-records'));
  expect(JSON.parse(readFileSync(path.join(folder, 'halt-records', record!), 'utf8'))).toMatchObject({ id: 'b' });
});

it('answers with the error of a change that cannot be made', async () => {
  expect(await change(recordIncident.name, {})).toMatchObject({ error: { code: 'trust_root_missing' } });
  expect(await change('rm', {})).toMatchObject({ error: { message: expect.stringContaining('leave-halt') } });
});
