import { z } from 'zod';
import type { Operations, Replica, Stray } from '../../platforms/platform';
import type { Permit } from '../../protocol/messages';
import { ask } from './http';

type Instance = Permit['instance'];

const instanceForm = z.looseObject({ key: z.string().regex(/^[\w+/=\s-]{40,400}$/) });

/** A trader instance, or why none can be bound. */
export type Binding = { readonly instances: readonly Instance[]; readonly reason?: string };

/**
 * The trader instances that run. The key is fetched from where the observed backend's own socket listens, never from a
 * file or a header; it is bound to the starts of backend and orchestrator, so that another start is another instance.
 */
export async function findInstances(
  { replicas, duplicates }: { readonly replicas: readonly Replica[]; readonly duplicates: readonly Stray[] },
  operations: Pick<Operations, 'ownAddressOf'>,
): Promise<Binding> {
  const traders = (['backend', 'orchestrator'] as const).map((name) =>
    replicas.find(({ workload, state }) => workload === name && state === 'running'),
  );
  const starts = traders.flatMap((replica) => replica?.startTime ?? []);
  if (starts.length !== traders.length) return { instances: [], reason: 'backend or orchestrator does not run' };
  const address = await operations.ownAddressOf('backend');
  if (address === undefined) return { instances: [], reason: "the backend's address is not the backend's own" };
  const answer = instanceForm.safeParse((await ask(`${address}/instance`))?.body);
  if (!answer.success) return { instances: [], reason: 'the backend does not name its instance key' };
  // Asked again: what answered was then this very process.
  if ((await operations.ownAddressOf('backend')) !== address)
    return { instances: [], reason: 'the backend was replaced' };
  const own = { key: answer.data.key, starts };
  const strays = duplicates.map(({ name }) => ({ key: '', starts: [name] }));
  if (strays.length === 0) return { instances: [own] };
  return { instances: [own, ...strays], reason: `${strays.length} more processes of this stack run` };
}
