/**
 * The mandatory policies of each pack, as they are shipped. Written down a second time, so that a pack that has lost one
 * is found out: by the tests, and on the way to live by `cutover up`.
 */
export const expectedPolicies = {
  'live-promotion': ['refuse-live-posture', 'refuse-live-workload'],
  'workload-safety': [
    'confine-venue-credentials',
    'keep-secrets-out',
    'run-one-gateway-and-guardian',
    'run-one-orchestrator',
    'pin-images',
    'hide-admin-endpoints',
    'retain-data',
    'run-as-non-root',
    'drop-privileges',
    'lock-root-filesystem',
    'check-health',
    'limit-resources',
  ],
} as const;

export type PackName = keyof typeof expectedPolicies;

/** The packs that judge every `up` and `preview`. */
export const packNames = Object.keys(expectedPolicies) as PackName[];
