import type { Check } from './check';
import { confidenceSane } from './confidence-sane';
import { consensusAnswers } from './consensus-answers';
import { databasesWhole } from './databases-whole';
import { executeIsDryRun } from './execute-is-dry-run';
import { limitsAsDeclared } from './limits-as-declared';
import { modeAsDeclared } from './mode-as-declared';
import { modelAsDeclared } from './model-as-declared';
import { noOutsideTrader } from './no-outside-trader';
import { oneLockOwner } from './one-lock-owner';
import { orchestratorStatus } from './orchestrator-status';
import { postureAsDeclared } from './posture-as-declared';
import { servicesHealthy } from './services-healthy';

/** Everything that a preflight checks. What runs is looked at first: the rest says nothing of another posture. */
export const preflightChecks: readonly Check[] = [
  postureAsDeclared,
  servicesHealthy,
  modeAsDeclared,
  limitsAsDeclared,
  modelAsDeclared,
  confidenceSane,
  consensusAnswers,
  executeIsDryRun,
  orchestratorStatus,
  oneLockOwner,
  noOutsideTrader,
  databasesWhole,
];
