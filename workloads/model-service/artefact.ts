import { readFileSync } from 'node:fs';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { digestBytes } from '../../posture/digest';
import { type ModelMetadata, readMetadata } from './onnx';

/** A model file that is what it was declared to be. */
export interface Artefact {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly metadata: ModelMetadata;
}

/** What the environment says the model is. */
export interface DeclaredModel {
  readonly path: string;
  readonly version: string;
  readonly digest: string;
}

/**
 * Reads a model file and holds it against what was declared: the digest before anything of the file is interpreted,
 * then the version that the file gives itself.
 * @throws CutoverError `model_missing`, `model_digest_mismatch` (with both digests), `model_unreadable` or
 * `model_version_mismatch`
 */
export function loadArtefact(declared: DeclaredModel): Artefact {
  const bytes = read(declared.path);
  const digest = digestBytes(bytes);
  if (digest !== declared.digest) {
    throw refusal(
      'model_digest_mismatch',
      `model_digest_mismatch: ${declared.path} is not the model that was declared`,
      [`declared ${declared.digest}`, `found ${digest}`],
    );
  }
  const metadata = interpret(declared.path, bytes);
  if (metadata.version !== declared.version) {
    throw refusal('model_version_mismatch', `${declared.path} is a model of another version`, [
      `MODEL_VERSION: declared ${declared.version}`,
      `the file says ${metadata.version}`,
    ]);
  }
  return { bytes, digest, metadata };
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw refusal('model_missing', 'MODEL_PATH: the model file cannot be read', [messageOf(error)]);
  }
}

function interpret(path: string, bytes: Uint8Array): ModelMetadata {
  try {
    return readMetadata(bytes);
  } catch (error) {
    throw refusal('model_unreadable', `${path} is not an ONNX file that this service can use`, [messageOf(error)]);
  }
}

/** The error of a model that this service will not run. */
export function refusal(code: string, message: string, details: string[]): CutoverError {
  return new CutoverError(code, message, { exitCode: exitCodes.refused, details });
}
