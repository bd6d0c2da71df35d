import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, type ExitCode, exitCodes, messageOf } from '../errors';
import { digestPosture, type Posture } from '../posture/posture';
import type { ChangeRecordInput, EnginePreview } from '../report/change-record/input';
import { readPreview } from '../report/change-record/read-preview';
import { makeRecord } from '../report/change-record/record';
import { renderRecordJson } from '../report/change-record/record-json';
import { renderMarkdown } from '../report/change-record/record-markdown';
import type { RecordVerdict } from '../report/change-record/verdict';
import { applyStack } from './shared/apply';
import { explainBetween } from './shared/explain-between';
import { type PullRequest, readPullRequest } from './shared/pull-request';
import { type PutComment, putComment } from './shared/put-comment';
import type { Verb, VerbContext } from './shared/verb';
import { findDifferences } from './shared/verify-running';

const byVerdict: Readonly<Record<RecordVerdict, ExitCode>> = {
  allowed: exitCodes.done,
  needs_ledger: exitCodes.checkFailed,
  needs_proof: exitCodes.refused,
  refused: exitCodes.refused,
};

/** Tells a change of a stack's config to who reviews it. */
export const changeRecord: Verb = {
  name: 'change-record',
  description:
    'Write what a change of the config means, as Markdown for a pull request: verdict, risk, proof, blast radius, way back. Exit code 3 when it is refused or needs proof, 4 where that takes the ledger and it is not here.',
  options: [
    ['--base <revision>', 'the git revision before the change'],
    ['--head <revision>', 'the git revision after it (the working tree)'],
    ['--preview', 'run a preview of the working tree with engine and packs, and look at what runs'],
    ['--preview-json <file>', 'take the preview from a file that cutover preview --json has written'],
    ['--comment <number>', "put it on this pull request of GitHub too, in place of the stack's comment there"],
    ['--comment-as <login>', 'whose comments are ours, where it is not the token of a workflow (github-actions[bot])'],
  ],
  examples: [
    ['cutover change-record --base origin/main --head HEAD', 'what a pull request means, as Markdown'],
    [
      'cutover change-record --base main --preview --json',
      'what the working tree changes, with a preview, for a script',
    ],
    ['cutover change-record --base HEAD^1 --head HEAD --comment 42', 'in a workflow, on its pull request'],
  ],
  async run(context, { base, head, preview, previewJson, comment, commentAs }) {
    if (base === undefined) {
      throw new CutoverError('base_missing', '--base: expected a git revision such as origin/main, received nothing', {
        exitCode: exitCodes.usage,
      });
    }
    if (preview && previewJson !== undefined) {
      throw new CutoverError('two_previews', '--preview-json: expected no --preview beside it, received both', {
        exitCode: exitCodes.usage,
      });
    }
    const to =
      comment === undefined
        ? null
        : readPullRequest(String(comment), commentAs === undefined ? undefined : String(commentAs), process.env);
    const given = previewJson === undefined ? null : readPreviewFile(String(previewJson), context.stack);
    const between = await explainBetween(context, {
      base: String(base),
      ...(head === undefined ? {} : { head: String(head) }),
      asLive: false,
    });
    const { posture: after, ledger, ...told } = between;
    const record = makeRecord({
      ...told,
      after,
      openHalts: ledger.readable ? ledger.openHalts : null,
      preview: preview ? await runPreview(context) : (given ?? { state: 'not_run' }),
      drift: preview && between.before ? await findDrift(context, between.before) : null,
      configFile: path.relative(context.projectDir, context.configFile),
    });
    const text = renderMarkdown(record);
    const put = to && (await commentOn(context, to, record.marker, text));
    return {
      exitCode: put && 'error' in put ? exitCodes.missing : byVerdict[record.verdict],
      json: { ...renderRecordJson(record), ...(put ? { comment: put } : {}) },
      text: text.trimEnd(),
    };
  },
};

/** A comment that cannot be written is told, and keeps nobody from reading the record where it was made. */
async function commentOn(
  { progress }: VerbContext,
  to: PullRequest,
  marker: string,
  text: string,
): Promise<PutComment | { readonly error: { readonly code: string; readonly message: string } }> {
  try {
    const put = await putComment(to, marker, text);
    progress(`the comment was ${put.action}: ${put.url}`);
    if (put.author !== to.author) {
      progress(`it was written as ${put.author}: without --comment-as '${put.author}' the next run writes another one`);
    }
    return put;
  } catch (error) {
    if (!(error instanceof CutoverError)) throw error;
    for (const line of [`the comment was not written: ${error.message}`, ...error.details]) progress(line);
    return { error: { code: error.code, message: error.message } };
  }
}

/** The most that is read of a preview, bytes: one of 10,000 resources is smaller. */
const mostBytes = 16 * 1024 * 1024;

function readPreviewFile(file: string, stack: string): EnginePreview {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new CutoverError('invalid_preview', `--preview-json: expected a file that can be read: ${messageOf(error)}`, {
      exitCode: exitCodes.usage,
    });
  }
  if (content.length > mostBytes) {
    throw new CutoverError(
      'invalid_preview',
      `--preview-json: expected at most ${mostBytes} bytes, received ${content.length}`,
      { exitCode: exitCodes.usage },
    );
  }
  return readPreview(content.toString('utf8'), stack, '--preview-json');
}

/** A preview that fails is something to tell, and no reason to tell nothing. */
async function runPreview(context: VerbContext): Promise<EnginePreview> {
  try {
    const { posture, ...applied } = await applyStack('preview', context);
    return { state: 'ran', ...applied, posture: digestPosture(posture) };
  } catch (error) {
    const known = error instanceof CutoverError ? error : undefined;
    return {
      state: 'failed',
      code: known?.code ?? 'unexpected',
      message: messageOf(error),
      details: known?.details ?? [],
    };
  }
}

async function findDrift(context: VerbContext, before: Posture): Promise<ChangeRecordInput['drift']> {
  try {
    return await findDifferences(context, before);
  } catch (error) {
    context.progress(`what runs cannot be looked at: ${messageOf(error)}`);
    return null;
  }
}
