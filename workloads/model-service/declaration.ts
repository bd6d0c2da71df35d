import path from 'node:path';
import type { WorkloadSpec } from '../../platforms/platform';
import { type DeclarationContext, programOf } from '../declaration';

/** The model service. */
export function declareModelService({ config, platform, slice }: DeclarationContext): WorkloadSpec {
  const file = platform.pathOf(config.model.path);
  return {
    name: 'model-service',
    program: programOf(config, 'model-service', 'workloads/model-service/server'),
    port: config.ports['model-service'],
    slice: slice('model-service'),
    secrets: {},
    reads: [path.dirname(file)],
    environment: {
      MODEL_PATH: file,
      MODEL_VERSION: config.model.version,
      MODEL_DIGEST: config.model.digest,
    },
  };
}
