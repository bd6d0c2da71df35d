import { setTimeout as delay } from 'node:timers/promises';
import { CutoverError, exitCodes } from '../errors';
import type { Signer } from '../evidence/keys';
import { loadTrustRoot } from '../evidence/trust-root';
import { signEntry } from '../ledger/entry';
import { readLedger } from '../ledger/ledger-file';
import type { Chain, OpenHalt } from '../ledger/verify';
import { createOperations } from '../platforms/operations';
import type { TrustRoot } from '../posture/proof';
import { signTogether } from '../protocol/ed25519';
import { bytesOf, type SignedClose } from '../protocol/messages';
import { recordIncident } from '../workloads/guardian/record-incident';
import { approverKeyOption, askApprovers } from './shared/approver-key';
import { exportIncident } from './shared/export-incident';
import { describeEntry, latchedIncident, recordedIncident } from './shared/incident-facts';
import { parseTime } from './shared/log-window';
import { stackFiles } from './shared/stack-files';
import type { Verb, VerbContext, VerbResult } from './shared/verb';

/** The window of an export begins this long before the first halt, milliseconds. */
const leadMs = 15 * 60_000;
const answerMs = 2_000;
/** How long the guardian may take to record a halt that the gateway has latched, milliseconds. */
const recordMs = 15_000;

/** The halts of a stack, and how an approver closes them. */
export const incident: Verb = {
  name: 'incident',
  argument: ['<action>', 'list: the open halts. export: what a postmortem needs. close: close them, by the approver'],
  description:
    'List the open halts, export logs and facts of their time, or close them. The passphrase is typed at the terminal.',
  options: [
    ['--since <time>', 'export: where the window begins, RFC 3339 (15 minutes before the first halt)'],
    ['--cause <text>', 'close: the root cause'],
    [
      '--action <owner: text...>',
      'close: an action item with its owner, such as "ops: check the feed"; may be repeated',
    ],
    approverKeyOption,
  ],
  examples: [
    ['cutover incident list', 'what is halted, and since when'],
    ['cutover incident export', 'logs of the window, environment, ledger and the beginning of a postmortem'],
    ['cutover incident close --cause "feed gap" --action "ops: alarm on feed gaps"', 'close all open halts'],
  ],
  async run(context, options) {
    if (options.argument === 'list') return list(context);
    if (options.argument === 'export') return exportFacts(context, options);
    if (options.argument === 'close') return close(context, options);
    throw usage(`incident: expected list, export or close, received ${JSON.stringify(options.argument)}`);
  },
};

interface Halts {
  readonly trustRoot: TrustRoot;
  readonly chain: Chain;
  readonly open: readonly OpenHalt[];
  /** Ids that the gateway has latched, or null where it does not answer. */
  readonly latched: readonly string[] | null;
}

async function list(context: VerbContext): Promise<VerbResult> {
  const { open, latched } = await readHalts(context);
  const halts = open.map(({ hash, body }) => ({
    id: body.id ?? hash,
    haltedAt: new Date(body.haltedAt).toISOString(),
    reason: body.reason,
    by: body.by,
  }));
  const known = new Set(halts.map(({ id }) => id));
  const unrecorded = (latched ?? []).filter((id) => !known.has(id));
  const text = [
    halts.length === 0 ? `Stack ${context.stack}: the ledger has no open halt.` : `Stack ${context.stack} is halted:`,
    ...halts.map(({ id, haltedAt, reason, by }) => `  ${haltedAt} by ${by}: ${reason} (${id})`),
    ...unrecorded.map((id) => `  latched at the gateway, not recorded: ${id}`),
    ...(latched === null ? ['  The gateway does not answer, so that its latch is not known.'] : []),
  ];
  return {
    exitCode: exitCodes.done,
    json: { stack: context.stack, halts, latched, unrecorded },
    text: text.join('\n'),
  };
}

/** Writes what a postmortem needs. Needs no keys and no ledger: a stack that never had them can be halted too. */
async function exportFacts(context: VerbContext, { since }: Readonly<Record<string, unknown>>): Promise<VerbResult> {
  const now = Date.now();
  const { chain } = await readHalts(context).catch((error: Error) => {
    context.progress(`incident: without the ledger: ${error.message}`);
    return { chain: null };
  });
  const halted = chain ? recordedIncident(chain) : await latchedIncident(context);
  const given = since === undefined ? undefined : (parseTime(String(since)) ?? Number.NaN);
  if (given !== undefined && !(given <= now))
    throw usage(`--since: expected a time that has been, such as ${new Date(now).toISOString()}, received ${since}`);
  const from = given ?? (halted && halted.from - leadMs);
  if (from === undefined) throw usage('there is no halt to export; --since TIME exports from that time on');
  const to = Math.max(from, halted?.to ?? now);
  const entries = chain ? chain.entries.map(describeEntry) : (halted?.timeline ?? []);
  const timeline = entries.filter(({ at }) => at >= from && at <= to);
  const { cause, actionItems = [] } = halted ?? {};
  const facts = { from, to, timeline, actionItems, ...(cause === undefined ? {} : { cause }) };
  const { folder, files } = await exportIncident(context, facts, now);
  const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return {
    exitCode: exitCodes.done,
    json: { stack: context.stack, folder, window, files },
    text: [`Exported ${window.from} to ${window.to}: ${folder}`, ...files.map((file) => `  ${file}`)].join('\n'),
  };
}

async function close(context: VerbContext, options: Readonly<Record<string, unknown>>): Promise<VerbResult> {
  const record = readRecordOf(options);
  const { trustRoot, chain, open, latched } = await awaitRecorded(context);
  if (open.length === 0 && (latched ?? []).length === 0) throw usage('there is no halt to close');
  for (const { body } of open) {
    context.progress(`closes: ${new Date(body.haltedAt).toISOString()} by ${body.by}: ${body.reason}`);
  }
  context.progress(`cause: ${record.cause}`);
  for (const { owner, text } of record.actionItems) context.progress(`action: ${text} (${owner})`);
  const approvers = await askApprovers(context, { purpose: 'close this', trustRoot, given: options.approverKey });
  const halts = open.length > 0 ? open.map(({ hash, body }) => body.id ?? hash) : (latched ?? []);
  const signed = signClose(trustRoot, halts, approvers);
  // The record first: a latch that is open without one would have forgotten why it was shut.
  if (open.length > 0) await appendIncident(context, { chain, open, latched }, record, signed, approvers);
  const left = await openLatch(context, signed);
  const json = { stack: context.stack, closed: halts, cause: record.cause, actionItems: record.actionItems, left };
  const text = [
    `Closed ${halts.length === 1 ? 'one halt' : `${halts.length} halts`} on stack ${context.stack}; the previous posture is paper.`,
    ...(left === null ? ['The gateway does not answer; its guardian hands it the close when it does.'] : []),
    ...(left ?? []).map((id) => `  ! still latched: ${id}`),
  ].join('\n');
  return { exitCode: left && left.length > 0 ? exitCodes.checkFailed : exitCodes.done, json, text };
}

/** The halts, once the guardian has recorded what the gateway has latched. */
async function awaitRecorded(context: VerbContext): Promise<Halts> {
  const deadline = Date.now() + recordMs;
  for (;;) {
    const halts = await readHalts(context);
    const known = halts.chain.entries.flatMap((entry) => (entry.kind === 'halt' ? (entry.body.id ?? '') : []));
    const unrecorded = (halts.latched ?? []).filter((id) => !known.includes(id));
    if (unrecorded.length === 0) return halts;
    if (Date.now() > deadline) {
      throw new CutoverError('halt_unrecorded', 'the guardian has not recorded what the gateway has latched', {
        exitCode: exitCodes.checkFailed,
        details: [...unrecorded, 'An incident record closes a recorded halt: cutover up starts the guardian.'],
      });
    }
    context.progress('waiting for the guardian to record the halt');
    await delay(1_000);
  }
}

async function readHalts(context: VerbContext): Promise<Halts> {
  await createOperations(context).fetchData('guardian');
  const { guardian } = stackFiles(context);
  const chain = readLedger(guardian.ledger, loadTrustRoot(guardian.trustRoot));
  return { trustRoot: chain.trustRoot, chain, open: chain.openHalts, latched: await readLatched(context) };
}

async function readLatched(context: VerbContext): Promise<string[] | null> {
  const address = await createOperations(context).addressOf('gateway');
  if (!address) return null;
  try {
    const response = await fetch(`${address}/health`, { signal: AbortSignal.timeout(answerMs) });
    const { halts } = (await response.json()) as { halts?: unknown };
    return Array.isArray(halts) ? halts.map(String) : [];
  } catch {
    return null;
  }
}

function signClose(
  { account, stack, genesis }: TrustRoot,
  halts: readonly string[],
  by: readonly Signer[],
): SignedClose {
  const close = { account, stack, genesis, halts };
  const keys = by.map(({ privateKey }) => privateKey);
  return { close, signature: signTogether(keys, bytesOf('close', close)) };
}

async function appendIncident(
  context: VerbContext,
  { chain, open }: Omit<Halts, 'trustRoot'>,
  { cause, actionItems }: IncidentRecord,
  { signature }: SignedClose,
  approvers: readonly Signer[],
): Promise<void> {
  const now = Date.now();
  const timeline = [
    ...open.map(({ body }) => ({ at: body.haltedAt, text: `halted by ${body.by}: ${body.reason}`.slice(0, 2000) })),
    { at: now, text: approvers.length > 1 ? `closed by ${approvers.length} approvers` : 'closed by an approver' },
  ];
  const closes = open.map(({ hash }) => hash);
  const draft = { kind: 'incident', body: { closes, cause, timeline, actionItems, release: signature } } as const;
  const entry = signEntry(draft, chain.head, Math.max(now, chain.newestTime), approvers);
  await createOperations(context).change('guardian', recordIncident, entry);
}

/** Hands the close to the gateway. @returns what stays latched, or null where it does not answer */
async function openLatch(context: VerbContext, signed: SignedClose): Promise<string[] | null> {
  const address = await createOperations(context).addressOf('gateway');
  if (!address) return null;
  try {
    await fetch(`${address}/close`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(signed),
      signal: AbortSignal.timeout(answerMs),
    });
  } catch {
    return null;
  }
  return readLatched(context);
}

interface IncidentRecord {
  readonly cause: string;
  readonly actionItems: { text: string; owner: string }[];
}

/** @throws CutoverError `usage` (exit code 2) naming everything that is missing */
function readRecordOf({ cause, action }: Readonly<Record<string, unknown>>): IncidentRecord {
  const items = ([action].flat().filter(Boolean) as string[]).map((item) => /^\s*([^:]+?)\s*:\s*(.+)$/s.exec(item));
  const wrong = [
    ...(typeof cause === 'string' && cause.trim() ? [] : ['--cause: expected the root cause, received nothing']),
    ...(items.length > 0 ? [] : ['--action: expected at least one action item, received none']),
    ...(items.every(Boolean) ? [] : ['--action: expected "owner: what", received one without an owner']),
  ];
  if (wrong.length > 0) throw usage('an incident is closed with its cause and action items', wrong);
  return {
    cause: String(cause).slice(0, 2000),
    actionItems: items.map((item) => ({ owner: item![1]!.slice(0, 200), text: item![2]!.slice(0, 2000) })),
  };
}

const usage = (message: string, details: string[] = []) =>
  new CutoverError('usage', message, { exitCode: exitCodes.usage, details });
