import { exitCodes } from '../errors';
import { createOperations, engineEnvironment } from '../platforms/operations';
import { workloadNames } from '../posture/posture';
import { engineFailed } from './shared/apply';
import { runEngine } from './shared/engine-run';
import { openEngine } from './shared/engine-session';
import { requireKnownStack } from './shared/stack-config';
import type { Verb } from './shared/verb';

/** Stops the workloads of a stack and keeps all data. */
export const down: Verb = {
  name: 'down',
  description: 'Stop the workloads of a stack. Databases, ledgers and logs stay, and the next `up` adopts them again.',
  examples: [['cutover down', 'stop the stack main']],
  async run(context) {
    await requireKnownStack(context);
    // Before the engine takes away what tells on which platform it is.
    const operations = createOperations(context);
    const opened = await openEngine(context, context.progress);
    const session = { ...opened, environment: { ...opened.environment, ...engineEnvironment(context) } };
    const outcome = await runEngine('destroy', context, session, { packs: false, progress: context.progress });
    if (outcome.exitCode !== 0) throw engineFailed('destroy', outcome);
    // What the engine's state does not know of (a run that was killed in the middle) has to stop as well.
    const remains = await Promise.all(workloadNames.map((workload) => operations.remainsOf(workload)));
    const left = workloadNames.filter((_, index) => remains[index]!.length > 0);
    for (const workload of workloadNames) await operations.stop(workload);
    const known = outcome.changes.map(({ name }) => name).filter((name) => name !== 'posture');
    const stopped = [...new Set([...known, ...left])];
    const state = stopped.length === 0 ? 'was down already' : 'is down';
    return {
      exitCode: exitCodes.done,
      json: { stack: context.stack, stopped, dataKeptIn: operations.keptIn },
      text: `Stack ${context.stack} ${state}. All data is kept in ${operations.keptIn}.`,
    };
  },
};
