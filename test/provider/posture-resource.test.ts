import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from '@fast-check/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { postureFile } from '../../platforms/process/home';
import { digestPosture, type Posture } from '../../posture/posture';
import { postureResource } from '../../provider/posture-resource';
import { readPosture } from '../../workloads/gateway/posture-file';
import { anyPosture } from '../helpers/any-posture';
import { paperPosture } from '../helpers/posture';

const home = mkdtempSync(path.join(tmpdir(), 'cutover-posture-'));
afterAll(() => rmSync(home, { recursive: true }));

const place = { home, stack: 'test' };
const inputsFor = (posture: Posture) => ({ ...place, digest: digestPosture(posture), posture });
const live: Posture = { ...paperPosture, tradingMode: 'live' };
const file = postureFile(place);

describe('check', () => {
  test.prop([anyPosture, anyPosture])("adds the deployed posture from the engine's state", async (before, after) => {
    const { inputs, failures } = await postureResource.check(inputsFor(before), inputsFor(after));
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ ...inputsFor(after), previous: before });
  });

  it('overrules what a program says was before', async () => {
    const forged = { ...inputsFor(live), previous: live };
    expect((await postureResource.check(inputsFor(paperPosture), forged)).inputs.previous).toEqual(paperPosture);
    // With nothing deployed there is no previous posture, whatever the program says; and no `undefined` either.
    expect((await postureResource.check({}, forged)).inputs).toStrictEqual(inputsFor(live));
  });

  it('never hands on the posture before the one before', async () => {
    const olds = { ...inputsFor(paperPosture), previous: live };
    expect((await postureResource.check(olds, inputsFor(live))).inputs.previous).toEqual(paperPosture);
  });
});

describe('diff', () => {
  it('is a change when the posture changes, and not when only `previous` does', async () => {
    const changes = async (olds: object, news: object) =>
      (await postureResource.diff({ ...olds }, { ...news })).changes;
    expect(await changes(inputsFor(paperPosture), inputsFor(live))).toBe(true);
    expect(await changes(inputsFor(live), { ...inputsFor(live), previous: live })).toBe(false);
    expect(await changes(inputsFor(live), { ...inputsFor(live), previous: paperPosture })).toBe(false);
  });
});

describe('the posture file', () => {
  it('is written for the gateway, and read back on refresh', async () => {
    const { id, outs } = await postureResource.create({ ...inputsFor(paperPosture), previous: live });
    expect(id).toBe('test');
    expect(readPosture(file)).toEqual({ digest: digestPosture(paperPosture) });
    expect(JSON.parse(readFileSync(file, 'utf8')).posture).toEqual(paperPosture);
    expect((await postureResource.read(id, outs)).props).toStrictEqual(inputsFor(paperPosture));

    await postureResource.update(inputsFor(live));
    expect(readPosture(file)).toEqual({ digest: digestPosture(live) });
  });

  it.each([
    ['another posture', JSON.stringify({ digest: digestPosture(live), posture: live })],
    ['no JSON', '{"digest": "sha'],
    ['no posture', 'null'],
  ])('that holds %s is drift, which an update repairs', async (_what, text) => {
    const inputs = inputsFor(paperPosture);
    const { outs } = await postureResource.create(inputs);
    writeFileSync(file, text);
    const { props = {} } = await postureResource.read('test', outs);
    expect((await postureResource.diff(props, inputs)).changes).toBe(true);
    await postureResource.update(inputs);
    expect(readPosture(file)?.digest).toBe(inputs.digest);
  });

  it('that is gone is drift', async () => {
    const inputs = inputsFor(paperPosture);
    const { outs } = await postureResource.create(inputs);
    rmSync(file);
    const { props = {} } = await postureResource.read('test', outs);
    expect((await postureResource.diff(props, inputs)).changes).toBe(true);
  });

  it('stays when the resource is deleted: it is the record of what was declared last', async () => {
    await postureResource.create(inputsFor(paperPosture));
    await postureResource.delete(inputsFor(paperPosture));
    expect(readPosture(file)?.digest).toBe(digestPosture(paperPosture));
  });
});
