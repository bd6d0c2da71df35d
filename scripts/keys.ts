import { existsSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { digestTrustRoot, loadTrustRoot } from '../evidence/trust-root';
import { readGrounds } from '../ledger/grounds';
import { createOperations } from '../platforms/operations';
import type { Role, TrustRoot } from '../posture/proof';
import { handOverKeys, makeKeys, requireNone } from './shared/make-keys';
import { readStackConfig } from './shared/stack-config';
import { stackFiles } from './shared/stack-files';
import { askSecret } from './shared/terminal';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

/** The keys of the roles, the trust root and the ledger of a stack. */
export const keys: Verb = {
  name: 'keys',
  argument: ['<action>', 'init: make keys, trust root and ledger, once. show: say whose keys they are'],
  description: 'The keys of guardian, measure and approver, with trust root and ledger: make them once, or show them.',
  examples: [
    ['cutover keys init', "make them; the approver's passphrase is typed at the terminal, twice"],
    ['cutover keys show', 'who may sign what, and until when evidence is fresh'],
  ],
  async run(context, { argument }) {
    if (argument === 'init') return init(context);
    if (argument === 'show') return show(context);
    throw new CutoverError('unknown_action', `keys: expected init or show, received ${JSON.stringify(argument)}`, {
      exitCode: exitCodes.usage,
    });
  },
};

async function init(context: VerbContext): Promise<VerbResult> {
  const { venue } = readStackConfig(context);
  const files = stackFiles(context);
  const operations = createOperations(context);
  for (const workload of ['guardian', 'gateway'] as const) await operations.fetchData(workload);
  // Asked before the passphrase: nobody is to type one in vain.
  requireNone(files);
  const passphrase = await askSecret(`New passphrase of the approver's key (8 characters or more): `);
  if ((await askSecret('The same again: ')) !== passphrase) {
    throw new CutoverError('passphrase_differs', 'the two passphrases differ; nothing was made', {
      exitCode: exitCodes.usage,
    });
  }
  const account = { venue: venue.name, id: venue.account };
  const root = makeKeys(files, { stack: context.stack, account, passphrase, drill: false, now: Date.now() });
  await handOverKeys(operations, files);
  const commit = path.relative(context.projectDir, files.trustRoot);
  const json = {
    stack: context.stack,
    account,
    trustRoot: digestTrustRoot(root),
    genesis: root.genesis,
    keys: keyIds(root),
    commit,
    // Where the guardian runs elsewhere, it alone has its key.
    files: {
      approver: files.approverKey,
      measure: files.measureKey,
      ...(existsSync(files.guardian.key) ? { guardian: files.guardian.key } : {}),
    },
  };
  const text = [
    `Stack ${context.stack} has its keys, its trust root and its ledger, for account ${account.venue}/${account.id}.`,
    `Commit the trust root:  git add ${commit} && git commit -m "Pin the trust root of stack ${context.stack}"`,
    `The approver's key is ${files.approverKey}, encrypted; keep a copy offline. No key is ever committed.`,
    'Next: cutover up (guardian and gateway take the keys up), then cutover promote --to live',
  ].join('\n');
  return { exitCode: exitCodes.done, json, text };
}

async function show(context: VerbContext): Promise<VerbResult> {
  const files = stackFiles(context);
  await createOperations(context).fetchData('guardian');
  await createOperations(context).fetchData('gateway');
  const root = loadTrustRoot(files.guardian.trustRoot);
  const { ledger } = readGrounds(files, Date.now());
  const problems = [files.trustRoot, files.gatewayTrustRoot].flatMap((file) => {
    try {
      loadTrustRoot(file, digestTrustRoot(root));
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
  if (!ledger.readable) problems.push(`the ledger cannot be read: ${ledger.reason}`);
  const { stack, account, genesis, caps, freshSeconds, sampleSeconds, canaryMargin } = root;
  const json = {
    stack,
    account,
    genesis,
    trustRoot: digestTrustRoot(root),
    keys: keyIds(root),
    caps,
    freshSeconds,
    sampleSeconds,
    canaryMargin,
    ledger: ledger.readable ? { seq: ledger.seq, head: ledger.head, drill: ledger.drill } : null,
    problems,
  };
  const text = [
    `Stack ${stack}, account ${account.venue}/${account.id}, trust root ${digestTrustRoot(root)}`,
    ...Object.entries(json.keys).map(([role, ids]) => `  ${role.padEnd(9)} ${ids.join(', ')}`),
    `  caps      ${Object.entries(caps)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    ledger.readable ? `  ledger    entry ${ledger.seq}, ${ledger.head}` : '',
    ...problems.map((problem) => `  ! ${problem}`),
  ].filter(Boolean);
  return {
    exitCode: problems.length > 0 ? exitCodes.checkFailed : exitCodes.done,
    json,
    text: text.join('\n'),
  };
}

const keyIds = ({ roles }: TrustRoot) =>
  Object.fromEntries(Object.entries(roles).map(([role, { keys: of }]) => [role, Object.keys(of)])) as Record<
    Role,
    string[]
  >;
