import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitCodes } from '../errors';
import { generateSigner, publicKeyText, writePrivateKey } from '../evidence/keys';
import { digestTrustRoot } from '../evidence/trust-root';
import { readRootInForce } from '../ledger/root-in-force';
import { createOperations } from '../platforms/operations';
import { approverKeyOption } from './shared/approver-key';
import { coSignMeasured } from './shared/co-sign';
import { askNewPassphrases, type KeyOptions, readKeyOptions, usage } from './shared/key-options';
import { handOverKeys, makeKeys, requireNone } from './shared/make-keys';
import { findKeyFiles } from './shared/role-keys';
import { rotate } from './shared/rotate';
import { keyIds, showKeys } from './shared/show-keys';
import { readStackConfig } from './shared/stack-config';
import { stackFiles } from './shared/stack-files';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

/** The keys of the roles, the trust root and the ledger of a stack. */
export const keys: Verb = {
  name: 'keys',
  argument: [
    '<action>',
    'init: make keys, trust root and ledger, once. rotate: other keys, and the next trust root. ' +
      'make: a key pair for an approver or a measurer elsewhere. co-sign: add a second signature to what was measured. ' +
      'show: say whose keys they are',
  ],
  description: 'The keys of guardian, measure and approver, with trust root and ledger: make, exchange or show them.',
  options: [
    [
      '--role <role...>',
      'rotate: whose keys are replaced (all, unless keys are only added); make: whose key it will be',
    ],
    ['--approvers <n>', 'init, rotate: how many approvers type a passphrase here, each for a key of their own (1)'],
    ['--threshold <role=n...>', 'init, rotate: how many keys of a role have to sign, such as approver=2'],
    ['--add-approver <file...>', 'rotate: the public key of one more approver, as keys make has written it'],
    ['--add-measure <file...>', 'rotate: the public key of one more measurer'],
    ['--out <file>', 'make: the file of the private key; the public one is beside it, with .pub'],
    ['--evidence <file>', 'co-sign: the file that was measured'],
    ['--measure-key <file>', "co-sign: the second measurer's private key"],
    approverKeyOption,
  ],
  examples: [
    ['cutover keys init', "make them; the approver's passphrase is typed at the terminal, twice"],
    ['cutover keys init --approvers 2 --threshold approver=2', 'two approvers, who both have to sign'],
    ['cutover keys rotate', 'new keys for every role; the old ones no longer count'],
    ['cutover keys rotate --role measure', 'a new key for what measures alone'],
    ['cutover keys make --role approver --out bob.key', "a pair for somebody else's machine"],
    ['cutover keys rotate --add-approver bob.key.pub', 'one more approver; the others keep their keys'],
    ['cutover keys show', 'who may sign what, and until when evidence is fresh'],
  ],
  async run(context, options) {
    const { argument } = options;
    if (argument === 'init') return init(context, readKeyOptions(options));
    if (argument === 'rotate') return rotate(context, readKeyOptions(options));
    if (argument === 'make') return make(options);
    if (argument === 'co-sign') return coSign(context, options);
    if (argument === 'show') return showKeys(context);
    throw usage(`keys: expected init, rotate, make, co-sign or show, received ${JSON.stringify(argument)}`);
  },
};

async function init(context: VerbContext, { approvers, thresholds, roles, added }: KeyOptions): Promise<VerbResult> {
  const { venue } = readStackConfig(context);
  const files = stackFiles(context);
  const operations = createOperations(context);
  for (const workload of ['guardian', 'gateway'] as const) await operations.fetchData(workload);
  // Asked before the passphrase: nobody is to type one in vain.
  requireNone(files);
  if (roles.length > 0 || Object.keys(added).length > 0) {
    throw usage('keys init makes a key for every role; --role and --add are for keys rotate');
  }
  const account = { venue: venue.name, id: venue.account };
  const { approver: threshold = 1, ...others } = thresholds;
  const wrong = Object.entries(others).find(([, count]) => count !== 1);
  if (wrong) throw usage(`--threshold: keys init makes one key for ${wrong[0]}, expected 1, received ${wrong[1]}`);
  if (threshold > approvers) {
    throw usage(`--threshold: expected at most the ${approvers} of --approvers, received ${threshold}`);
  }
  const [passphrase = '', ...more] = await askNewPassphrases(approvers);
  const asked = { stack: context.stack, account, passphrase, others: more, threshold, drill: false, now: Date.now() };
  const root = makeKeys(files, asked);
  await handOverKeys(operations, files);
  const commit = path.relative(context.projectDir, files.trustRoot);
  const approverFiles = findKeyFiles(files, 'approver', root);
  const json = {
    stack: context.stack,
    account,
    trustRoot: digestTrustRoot(root),
    genesis: root.genesis,
    keys: keyIds(root),
    commit,
    // Where the guardian runs elsewhere, it alone has its key.
    files: {
      approver: approverFiles.length > 1 ? approverFiles : files.approverKey,
      measure: files.measureKey,
      ...(existsSync(files.guardian.key) ? { guardian: files.guardian.key } : {}),
    },
  };
  const text = [
    `Stack ${context.stack} has its keys, its trust root and its ledger, for account ${account.venue}/${account.id}.`,
    `Commit the trust root:  git add ${commit} && git commit -m "Pin the trust root of stack ${context.stack}"`,
    ...approverFiles.map(
      (file) => `The approver's key is ${file}, encrypted; keep a copy offline. No key is ever committed.`,
    ),
    'Next: cutover up (guardian and gateway take the keys up), then cutover promote --to live',
  ].join('\n');
  return { exitCode: exitCodes.done, json, text };
}

/** Makes a key pair for a role, to be added by `keys rotate` on the stack's machine. */
async function make({ role, out }: Readonly<Record<string, unknown>>): Promise<VerbResult> {
  const [of] = [role].flat();
  if (typeof out !== 'string' || (of !== 'approver' && of !== 'measure')) {
    throw usage('keys make: expected --role approver or --role measure, and --out FILE');
  }
  const [passphrase] = of === 'approver' ? await askNewPassphrases(1) : [];
  const signer = generateSigner();
  writePrivateKey(out, signer, passphrase);
  const publicFile = `${out}.pub`;
  writeFileSync(publicFile, `${publicKeyText(signer)}\n`);
  const text = [
    `The private key is ${path.resolve(out)}; it stays where it is.`,
    `Next, where the stack is:  cutover keys rotate --add-${of} ${path.basename(publicFile)}`,
  ].join('\n');
  return { exitCode: exitCodes.done, json: { role: of, keyId: signer.keyId, file: out, publicFile }, text };
}

/** The second of two keys that have to sign what was measured. */
async function coSign(
  context: VerbContext,
  { evidence, measureKey }: Readonly<Record<string, unknown>>,
): Promise<VerbResult> {
  if (typeof evidence !== 'string' || typeof measureKey !== 'string') {
    throw usage('keys co-sign: expected --evidence FILE and --measure-key FILE');
  }
  await createOperations(context).fetchData('guardian');
  const signed = coSignMeasured(readRootInForce(stackFiles(context)), path.resolve(evidence), path.resolve(measureKey));
  const left = signed.lacks === 0 ? 'it counts' : `${signed.lacks} more have to sign it`;
  return { exitCode: exitCodes.done, json: signed, text: `Signed the ${signed.kind}, ${left}: ${signed.file}` };
}
