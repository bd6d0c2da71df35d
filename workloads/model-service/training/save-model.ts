import { existsSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../../errors';
import { writeAtomically } from '../../../platforms/process/atomic-file';
import { digestFile } from '../../../posture/digest';
import type { TrainedModel } from './train-model';

/**
 * Writes `<out>/<version>/model.onnx` and `model.json`. A version names one file for ever: postures pin its digest, so
 * another model under a name that is taken is refused, and the same model changes nothing.
 * @returns the path of the ONNX file
 * @throws CutoverError `version_taken`
 */
export function saveModel(out: string, { file, card }: Pick<TrainedModel, 'file' | 'card'>): string {
  const folder = path.join(out, card.version);
  const model = path.join(folder, 'model.onnx');
  if (existsSync(model)) {
    const found = digestFile(model);
    if (found !== card.digest) {
      throw new CutoverError('version_taken', `${model} holds another model already; choose another --version`, {
        exitCode: exitCodes.usage,
        details: [`found ${found}`, `trained ${card.digest}`],
      });
    }
  }
  writeAtomically(model, file);
  writeAtomically(path.join(folder, 'model.json'), `${JSON.stringify(card, null, 2)}\n`);
  return model;
}
