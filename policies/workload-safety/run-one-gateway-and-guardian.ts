import { isDigest } from '../../posture/digest';
import type { Check } from './check';
import { postureType, type Run } from './run';
import { findCopies } from './singleness';
import { asPlain, asText, readVariable, type Subject } from './unit';

const watchers = ['gateway', 'guardian'] as const;

/**
 * Wherever live is asked for there is one gateway and one guardian.
 *
 * That one is missing could be told for certain only by a stack policy, once everything is registered - and then it is
 * there, since a stack policy cannot undo what `up` did. So it is told from what comes first: the posture, which every
 * workload of ours depends on, has to name both, and a workload that asks for live, which depends on the gateway, comes
 * after it. A guardian that is named and not started lets nothing trade: the gateway accepts no live order without its
 * permit.
 */
export const runOneGatewayAndGuardian: Check = {
  name: 'run-one-gateway-and-guardian',
  description: 'Wherever live is asked for there is one gateway and one guardian.',
  find: (subject, run) => [
    ...findCopies(subject, run, watchers),
    ...findMissing(subject),
    ...findWithoutGateway(subject, run),
  ],
};

function findMissing({ type, props }: Subject): string[] {
  if (type !== postureType) return [];
  const { workloads, tradingMode } = asPlain(props.posture);
  if (tradingMode === 'paper') return [];
  return watchers
    .filter((name) => !isDigest(asText(asPlain(workloads)[name])))
    .map((name) => `the posture names no ${name}: expected one wherever live is asked for`);
}

function findWithoutGateway({ units }: Subject, run: Run): string[] {
  return units
    .filter((unit) => ![undefined, 'paper'].includes(readVariable(unit, 'TRADING_MODE')))
    .filter(({ stack }) => run.declaredAs(stack, 'gateway').length === 0)
    .map(({ name }) => `${name} asks for live where no gateway was declared before it`);
}
