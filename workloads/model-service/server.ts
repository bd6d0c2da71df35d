import { CutoverError, messageOf } from '../../errors';
import { createService, requireEnv } from '../service';
import { badConfigExitCode, readConfigOrExit } from '../start';
import { loadArtefact } from './artefact';
import { loadModel } from './model';
import { addModelRoutes } from './routes';

async function main(): Promise<void> {
  const service = createService('model-service', { drains: true });
  const artefact = readConfigOrExit(service.log, () =>
    loadArtefact({
      path: requireEnv('MODEL_PATH'),
      version: requireEnv('MODEL_VERSION'),
      digest: requireEnv('MODEL_DIGEST'),
    }),
  );
  const model = await loadModel(artefact).catch((error: unknown) => {
    service.log.error(
      error instanceof CutoverError ? { code: error.code, details: error.details } : {},
      messageOf(error),
    );
    process.exit(badConfigExitCode);
  });
  addModelRoutes(service, artefact, model);
  service.log.info({ modelVersion: artefact.metadata.version, modelDigest: artefact.digest }, 'model loaded');
  await service.listen();
}

void main();
