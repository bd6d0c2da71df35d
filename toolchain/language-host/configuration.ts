/** What the engine tells a program or a policy pack about the stack it serves. */
export interface StackIdentity {
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  readonly dryRun: boolean;
}

/**
 * The stack's configuration as `@pulumi/pulumi` reads it from `PULUMI_CONFIG`: JSON, with keys written as
 * `namespace:config:name`, the form that every version of it understands.
 */
export function serializeConfig(entries: Iterable<readonly [string, string]>): string {
  const config: Record<string, string> = {};
  for (const [key, value] of entries) {
    const colon = key.indexOf(':');
    const name = key.slice(colon + 1);
    const long = colon < 0 || name.startsWith('config:') ? key : `${key.slice(0, colon)}:config:${name}`;
    config[long] = value;
  }
  return JSON.stringify(config);
}

/** The environment from which a policy pack learns the stack it judges. */
export function packEnvironment(
  identity: StackIdentity,
  config: Iterable<readonly [string, string]>,
  secretKeys: readonly string[],
): Record<string, string> {
  const values = {
    ORGANIZATION: identity.organization,
    PROJECT: identity.project,
    STACK: identity.stack,
    DRY_RUN: String(identity.dryRun),
  };
  const environment: Record<string, string> = {
    PULUMI_CONFIG: serializeConfig(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
  };
  for (const [name, value] of Object.entries(values)) {
    environment[`PULUMI_${name}`] = value;
    environment[`PULUMI_NODEJS_${name}`] = value;
  }
  return environment;
}
