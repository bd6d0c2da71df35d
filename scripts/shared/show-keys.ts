import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { digestTrustRoot, loadTrustRoot, verifyTrustRoot } from '../../evidence/trust-root';
import { readGrounds } from '../../ledger/grounds';
import { readChain, readPinnedRoot } from '../../ledger/root-in-force';
import type { Chain } from '../../ledger/verify';
import { createOperations } from '../../platforms/operations';
import type { Role, TrustRoot } from '../../posture/proof';
import { alignRows } from './rows';
import { type StackFiles, stackFiles } from './stack-files';
import type { VerbContext, VerbResult } from './verb';

/** Says who may sign what, and whether everybody goes by the same trust root. Exit code 4 where they do not. */
export async function showKeys(context: VerbContext): Promise<VerbResult> {
  const files = stackFiles(context);
  await createOperations(context).fetchData('guardian');
  await createOperations(context).fetchData('gateway');
  const pinned = readPinnedRoot(files);
  const chain = attempt(() => readChain(files, pinned));
  const root = chain.ok?.trustRoot ?? pinned;
  const { ledger } = readGrounds(files, Date.now());
  const problems = [
    attempt(() => loadTrustRoot(files.trustRoot, digestTrustRoot(root))),
    attempt(() => loadTrustRoot(files.gatewayTrustRoot, digestTrustRoot(pinned))),
    ...(chain.ok?.rotations ?? []).map((_, index) =>
      attempt(() => requireEarlier(files, index + 1, pinned, chain.ok!)),
    ),
  ].flatMap(({ problem }) => problem ?? []);
  if (!ledger.readable) problems.push(`the ledger cannot be read: ${ledger.reason}`);
  const { stack, account, genesis, caps, freshSeconds, sampleSeconds, canaryMargin } = root;
  const json = {
    stack,
    version: root.version,
    account,
    genesis,
    trustRoot: digestTrustRoot(root),
    keys: keyIds(root),
    thresholds: Object.fromEntries(Object.entries(root.roles).map(([role, { threshold }]) => [role, threshold])),
    caps,
    freshSeconds,
    sampleSeconds,
    canaryMargin,
    ledger: ledger.readable ? { seq: ledger.seq, head: ledger.head, drill: ledger.drill } : null,
    problems,
  };
  const text = [
    `Stack ${stack}, account ${account.venue}/${account.id}, trust root ${digestTrustRoot(root)}, version ${root.version}`,
    ...alignRows(
      [
        ...Object.entries(json.keys).map(([role, ids]) => [
          role,
          describeKeys(ids, root.roles[role as Role].threshold),
        ]),
        [
          'caps',
          Object.entries(caps)
            .map(([name, value]) => `${name} ${value}`)
            .join(', '),
        ],
        ...(ledger.readable ? [['ledger', `entry ${ledger.seq}, ${ledger.head}`]] : []),
      ],
      context.screen.columns,
    ),
    ...problems.map((problem) => `  ! ${problem}`),
  ];
  return {
    exitCode: problems.length > 0 ? exitCodes.checkFailed : exitCodes.done,
    json,
    text: text.join('\n'),
  };
}

/** The ids of the keys of each role. */
export const keyIds = ({ roles }: TrustRoot) =>
  Object.fromEntries(Object.entries(roles).map(([role, { keys: of }]) => [role, Object.keys(of)])) as Record<
    Role,
    string[]
  >;

const describeKeys = (ids: readonly string[], threshold: number): string =>
  `${ids.join(', ')}${threshold > 1 ? ` (${threshold} have to sign)` : ''}`;

/** The committed copy of an earlier version has to be the one that the ledger goes by. */
function requireEarlier(files: StackFiles, version: number, pinned: TrustRoot, { rotations }: Chain): void {
  const expected = version === 1 ? pinned : verifyTrustRoot(Buffer.from(rotations[version - 2]!));
  loadTrustRoot(path.join(files.earlierRoots, `${version}.json`), digestTrustRoot(expected));
}

function attempt<T>(work: () => T): { readonly ok?: T; readonly problem?: string } {
  try {
    return { ok: work() };
  } catch (error) {
    return { problem: error instanceof CutoverError ? `${error.code}: ${error.message}` : messageOf(error) };
  }
}
