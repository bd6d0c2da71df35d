import type { Check } from './check';
import { checkHealth } from './check-health';
import { confineVenueCredentials } from './confine-venue-credentials';
import { dropPrivileges } from './drop-privileges';
import { hideAdminEndpoints } from './hide-admin-endpoints';
import { keepSecretsOut } from './keep-secrets-out';
import { limitResources } from './limit-resources';
import { lockRootFilesystem } from './lock-root-filesystem';
import { pinImages } from './pin-images';
import { retainData } from './retain-data';
import { runAsNonRoot } from './run-as-non-root';
import { runOneGatewayAndGuardian } from './run-one-gateway-and-guardian';
import { runOneOrchestrator } from './run-one-orchestrator';

/** Every check of the pack, the worst first. */
export const allChecks: readonly Check[] = [
  confineVenueCredentials,
  keepSecretsOut,
  runOneGatewayAndGuardian,
  runOneOrchestrator,
  pinImages,
  hideAdminEndpoints,
  retainData,
  runAsNonRoot,
  dropPrivileges,
  lockRootFilesystem,
  checkHealth,
  limitResources,
];
