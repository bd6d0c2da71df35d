import { digestOf } from './digest';
import type { Posture, WorkloadName } from './posture';
import { workloadNames } from './posture';
import { digestSettings, type RealWorkload } from './read-posture';

/**
 * What a workload's real inputs have that its posture does not: its code, its settings, and the variables that fields
 * of the posture speak for. Empty when it carries out exactly its part of the posture.
 * @returns each difference, as words that name it
 */
export function findForeignInputs(posture: Posture, name: string, real: RealWorkload): string[] {
  if (!isWorkload(name)) return [`${name} is no workload of the posture`];
  const implied = { SYMBOLS: posture.symbols.join(','), VENUE_ACCOUNT: posture.account.id };
  const found: string[] = [];
  if (real.source !== posture.workloads[name]) found.push('its code');
  if (digestSettings(name, real, implied) !== posture.settings[name]) found.push('its command or settings');
  for (const [variable, expected] of Object.entries(spoken(posture)[name] ?? {})) {
    if (!isSame(real.environment[variable], expected)) found.push(variable);
  }
  return found;
}

/** What the variables must hold that fields of the posture speak for; structures are compared as JSON. */
function spoken(posture: Posture): Partial<Record<WorkloadName, Record<string, unknown>>> {
  return {
    gateway: { VENUE: posture.account.venue, VENUE_ACCOUNT: posture.account.id },
    'model-service': { MODEL_VERSION: posture.model.version, MODEL_DIGEST: posture.model.digest },
    backend: {
      TRADING_MODE: posture.tradingMode,
      SYMBOLS: posture.symbols.join(','),
      CONFIDENCE_THRESHOLD: posture.confidenceThreshold,
      RISK_LIMITS: posture.risk,
    },
    orchestrator: { AGENTS: posture.agents.map(({ name, command, args }) => ({ name, command, args })) },
  };
}

function isSame(text: string | undefined, expected: unknown): boolean {
  if (typeof expected === 'string' || text === undefined) return text === expected;
  try {
    return digestOf(JSON.parse(text)) === digestOf(expected);
  } catch {
    return false; // no JSON, so not what the posture says
  }
}

const isWorkload = (name: string): name is WorkloadName => (workloadNames as readonly string[]).includes(name);
