import { version } from '../../package.json';
import type { Service } from '../service';
import type { Artefact } from './artefact';
import { inputOf } from './features';
import type { Model } from './model';

/** `/health` and `/predict`. */
export function addModelRoutes({ app }: Pick<Service, 'app'>, artefact: Artefact, model: Model): void {
  const { metadata, digest } = artefact;

  // The service does not listen before the model is loaded, and never unloads it.
  app.get('/health', () => ({
    ok: true,
    model_version: metadata.version,
    model_loaded: true,
    model_digest: digest,
    version,
  }));

  app.post('/predict', async (request) => ({
    confidence: await model.predict(inputOf(metadata, request.body)),
    model_version: metadata.version,
  }));
}
