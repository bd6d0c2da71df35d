import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { featureNames } from '../../../market/features';
import { digestBytes } from '../../../posture/digest';
import { readTrainOptions } from '../../../workloads/model-service/train-options';
import { embeddedDataset } from '../../../workloads/model-service/training/dataset';
import { recipeFor, recipes } from '../../../workloads/model-service/training/recipes';
import { saveModel } from '../../../workloads/model-service/training/save-model';
import { scoreOf } from '../../../workloads/model-service/training/score';
import { trainModel } from '../../../workloads/model-service/training/train-model';

const models = path.resolve(__dirname, '../../../models');
const out = mkdtempSync(path.join(tmpdir(), 'train-'));
afterAll(() => rmSync(out, { recursive: true }));

describe('the shipped models', () => {
  it.each(Object.keys(recipes))('%s is what its recipe gives, byte for byte', (version) => {
    const trained = trainModel(version, recipeFor(version));
    const file = readFileSync(path.join(models, version, 'model.onnx'));
    expect(digestBytes(file)).toBe(trained.card.digest);
    expect(JSON.parse(readFileSync(path.join(models, version, 'model.json'), 'utf8'))).toEqual(trained.card);
  });

  it.each(Object.values(recipes))('beat the base rate on seeds they never saw', (recipe) => {
    const { outOfSample, trainedOn } = trainModel('try', recipe).card;
    expect(outOfSample.logLoss).toBeLessThan(outOfSample.baseLogLoss - 0.05);
    expect(outOfSample.auc).toBeGreaterThan(0.65);
    const seen = new Set(trainedOn.seeds);
    expect(outOfSample.seeds.filter((seed) => seen.has(seed))).toEqual([]);
    expect(seen.has(1)).toBe(false); // the seed that a stack runs on by default
  });
});

describe('a trained model', () => {
  const small = recipeFor('9.9.9', { candles: 500, hiddenUnits: 2, firstSeed: 40 });

  it('is another one for other training data', () => {
    const other = recipeFor('9.9.9', { candles: 500, hiddenUnits: 2, firstSeed: 50 });
    expect(trainModel('9.9.9', small).card.digest).not.toBe(trainModel('9.9.9', other).card.digest);
  });

  it('never replaces another model of the same version', () => {
    const trained = trainModel('9.9.9', small);
    const file = saveModel(out, trained);
    saveModel(out, trained);
    writeFileSync(file, 'another model');
    expect(() => saveModel(out, trained)).toThrow(expect.objectContaining({ code: 'version_taken' }));
    expect(readFileSync(file, 'utf8')).toBe('another model');
  });
});

it('labels an example by the close five candles later, and no example looks past the data', () => {
  const { inputs, labels } = embeddedDataset(['BTCUSDT'], [3], 60);
  expect(inputs).toHaveLength(60 - 21 - 5 + 1);
  expect(labels).toHaveLength(inputs.length);
  expect(inputs.every((row) => row.length === featureNames.length)).toBe(true);
  // The same examples from a longer run: what comes later changes nothing.
  const longer = embeddedDataset(['BTCUSDT'], [3], 90);
  expect(longer.inputs.slice(0, inputs.length)).toEqual(inputs);
  expect(longer.labels.slice(0, labels.length)).toEqual(labels);
});

it('scores as worked out by hand', () => {
  const score = scoreOf([0.9, 0.2, 0.6, 0.6], [1, 0, 1, 0]);
  expect(score.auc).toBeCloseTo(3.5 / 4, 12); // one tie counts half
  expect(score.logLoss).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8) + Math.log(0.6) + Math.log(0.4)) / 4, 12);
  expect(score.baseRate).toBe(0.5);
  expect(score.baseLogLoss).toBeCloseTo(Math.LN2, 12);
});

describe('the arguments of train', () => {
  it('are read', () => {
    expect(readTrainOptions(['--version', '2.0.0', '--out', 'x', '--seed', '5'])).toEqual({
      version: '2.0.0',
      out: 'x',
      seed: 5,
      hidden: undefined,
      candles: undefined,
    });
    expect(readTrainOptions(['--help'])).toBe('help');
  });

  it('fail all at once, by name', () => {
    const read = () => readTrainOptions(['--version', '../x', '--hidden', '0', '--candles', 'many']);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'invalid_arguments',
        exitCode: 2,
        details: [
          expect.stringContaining('--version'),
          expect.stringContaining('--hidden'),
          expect.stringContaining('--candles'),
        ],
      }),
    );
    expect(() => readTrainOptions(['--sed', '5'])).toThrow(expect.objectContaining({ code: 'invalid_arguments' }));
  });
});
