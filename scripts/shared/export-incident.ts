import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../errors';
import { version } from '../../package.json';
import { createOperations } from '../../platforms/operations';
import { postureFile, stackDir } from '../../platforms/process/home';
import { workloadNames } from '../../posture/posture';
import { inspectStack } from './inspect';
import { linesBetween } from './log-window';
import type { Project } from './project';
import { stackFiles } from './stack-files';

/** Something that happened, for the timeline; milliseconds since the epoch. */
export interface Happened {
  readonly at: number;
  readonly text: string;
}

export interface IncidentFacts {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly timeline: readonly Happened[];
  readonly cause?: string;
  readonly actionItems: readonly { readonly owner: string; readonly text: string }[];
}

/**
 * Writes what a postmortem needs into a folder of its own: the logs of the window, what was deployed and what runs now,
 * the ledger, and the postmortem's beginning. No secret of the stack is in it: where a log has one, its name stands.
 * @returns the folder, and the files in it
 */
export async function exportIncident(project: Project, facts: IncidentFacts, now: number) {
  const time = (at: number) => new Date(at).toISOString().replace(/[-:]/g, '');
  const folder = path.join(project.home, 'incidents', project.stack, time(now));
  const hide = createRedactor(project);
  const files: string[] = [];
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, hide(text));
    files.push(name);
  };
  const operations = createOperations(project);
  // An incident is exported with what there is; what could not be had is named.
  const fetched = await Promise.allSettled(
    workloadNames.map((workload) => operations.fetchLogs(workload, 'wasStopped')),
  );
  const missing = fetched.flatMap((one, index) =>
    one.status === 'rejected' ? [`logs of ${workloadNames[index]}: ${messageOf(one.reason)}`] : [],
  );
  for (const log of workloadNames.flatMap((workload) => operations.logsOf(workload))) {
    write(path.join('logs', path.basename(log)), linesBetween(readFileSync(log, 'utf8'), facts.from, facts.to));
  }
  const declared = parseOrNull(readIfThere(postureFile(project)));
  const environment = {
    stack: project.stack,
    window: { from: new Date(facts.from).toISOString(), to: new Date(facts.to).toISOString() },
    exportedAt: new Date(now).toISOString(),
    cutover: version,
    node: process.versions.node,
    system: `${process.platform} ${arch()} ${release()}`,
    // What was declared last: model version, digests of all code, limits.
    declared,
    runs: await inspectStack(project),
    missing,
  };
  write('environment.json', `${JSON.stringify(environment, null, 2)}\n`);
  const copies = [
    ['config.yaml', project.configFile],
    ['ledger.jsonl', stackFiles(project).guardian.ledger],
  ] as const;
  for (const [name, file] of copies) {
    const text = readIfThere(file);
    if (text !== null) write(name, text);
  }
  write('postmortem.md', describeIncident(project.stack, facts, declared?.posture?.model?.version ?? 'not known'));
  return { folder, files };
}

/** The beginning of a postmortem: what is known is in it, and the rest is asked for. Pure. */
export function describeIncident(
  stack: string,
  { from, to, timeline, cause, actionItems }: IncidentFacts,
  model: string,
) {
  const time = (at: number) => new Date(at).toISOString();
  const happened = [...timeline].sort((one, other) => one.at - other.at);
  return [
    `# Postmortem of stack ${stack}`,
    '',
    `Window: ${time(from)} to ${time(to)}. Model version: ${model}.`,
    '',
    '## Timeline',
    '',
    ...happened.map(({ at, text }) => `- ${time(at)} ${text.replaceAll('\n', ' ')}`),
    '',
    '## Root cause',
    '',
    cause ?? 'Not recorded: `cutover incident close --cause` records it.',
    '',
    '## Action items',
    '',
    ...(actionItems.length > 0
      ? actionItems.map(({ owner, text }) => `- ${owner}: ${text}`)
      : ['None recorded: `cutover incident close --action "owner: what"` records them.']),
    '',
  ].join('\n');
}

/** Takes the stack's secrets out of a text: venue keys, tokens, private keys. */
function createRedactor(project: Project): (text: string) => string {
  const { guardianData, keys } = stackFiles(project);
  const inFolder = (folder: string, ending: string) =>
    existsSync(folder)
      ? readdirSync(folder).flatMap((one) => (one.endsWith(ending) ? path.join(folder, one) : []))
      : [];
  const files = [
    ...inFolder(path.join(stackDir(project), 'secrets'), ''),
    ...[keys, guardianData].flatMap((folder) => inFolder(folder, '.key')),
    path.join(project.home, 'passphrase'),
  ];
  const secrets = files.filter(existsSync).flatMap((file) => {
    // Of a private key each line that holds some of it.
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.filter((line) => line.length >= 8 && !line.startsWith('-----')).map((text) => ({ file, text }));
  });
  return (text) =>
    secrets.reduce((kept, secret) => kept.replaceAll(secret.text, `[secret ${path.basename(secret.file)}]`), text);
}

function parseOrNull(text: string | null): { posture?: { model?: { version?: string } } } | null {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null; // torn: what runs is in the snapshot all the same
  }
}

function readIfThere(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
