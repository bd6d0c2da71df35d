import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { type Config, namespace, readConfig } from '../../config';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { createOperations } from '../../platforms/operations';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { ProjectFiles } from '../../project-files';
import type { Project } from './project';

export { withoutSalt } from '../../config-salt';

/**
 * Reads a stack's config from its file as the engine would hand it to the program.
 * @throws CutoverError `unknown_stack`, `invalid_config` (exit code 2)
 */
export function readStackConfig(project: Project): Config {
  return parseStackConfig(readStackFile(project), project);
}

/** The text of a stack's config file. @throws CutoverError `unknown_stack` naming the stacks that there are */
export function readStackFile(project: Project): string {
  try {
    return readFileSync(project.configFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw unknownStack(project);
  }
}

/**
 * For verbs that do without config: a misspelt name must not be taken for a stack.
 * @throws CutoverError `unknown_stack` where a stack has neither a config file, nor data, nor processes
 */
export async function requireKnownStack(project: Project): Promise<void> {
  if (existsSync(project.configFile)) return;
  const operations = createOperations(project);
  const isThere = async (workload: WorkloadName) =>
    existsSync(operations.dataOf(workload)) || (await operations.remainsOf(workload)).length > 0;
  if (!(await Promise.all(workloadNames.map(isThere))).some(Boolean)) throw unknownStack(project);
}

function unknownStack(project: Project): CutoverError {
  const known = listStacks(path.dirname(project.configFile));
  return new CutoverError(
    'unknown_stack',
    `--stack: expected one of ${known.join(', ') || '(there is none)'}, received ${project.stack}`,
    {
      exitCode: exitCodes.usage,
      details: [`There is no ${project.configFile}. To make a new stack, copy the file of another one.`],
    },
  );
}

/**
 * Checks the text of a stack's config file.
 * @param files where the files that it names are looked at, if not on this machine as it is now
 * @throws CutoverError `invalid_config` with every failure
 */
export function parseStackConfig(
  text: string,
  project: Pick<Project, 'configFile' | 'projectDir'>,
  files?: ProjectFiles,
): Config {
  return readConfig(toEngineConfig(text, project.configFile), project.projectDir, files);
}

/**
 * The trading mode that a config asks for, as far as it can be told from a config that need not be valid:
 * `unreadable` where it is no YAML.
 */
export function readTradingMode(text: string): unknown {
  const { content, failures } = readYaml(text);
  if (failures.length > 0) return 'unreadable';
  return (content as { config?: Record<string, unknown> } | null)?.config?.[`${namespace}:tradingMode`] ?? 'paper';
}

/** The content of a YAML document as plain JSON, or why it has none. */
function readYaml(text: string): { content: unknown; failures: string[] } {
  const document = parseDocument(text);
  const failures = document.errors.map((error) => error.message.split('\n')[0]!);
  if (failures.length > 0) return { content: null, failures };
  try {
    // Aliases are resolved here: they may lead nowhere, to too much, or back to themselves.
    return { content: JSON.parse(JSON.stringify(document.toJS()) ?? 'null'), failures };
  } catch (error) {
    return { content: null, failures: [messageOf(error).split('\n')[0]!] };
  }
}

function toEngineConfig(text: string, file: string): Record<string, string> {
  const { content, failures } = readYaml(text);
  const config = (content as { config?: unknown } | null)?.config ?? {};
  const isMap = typeof config === 'object' && !Array.isArray(config);
  if (!isMap) failures.push('config: expected a map of settings');
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(isMap ? config : {})) {
    if (!key.includes(':')) failures.push(`${key}: expected a key with its namespace, such as ${namespace}:${key}`);
    if (isSecret(value))
      failures.push(`${key}: expected a plain value, received an encrypted one; no setting of Cutover is a secret`);
    else raw[key] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  if (failures.length > 0) {
    throw new CutoverError('invalid_config', `${file} cannot be read as a stack's config`, {
      exitCode: exitCodes.usage,
      details: failures,
    });
  }
  return raw;
}

function isSecret(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'secure' in value;
}

function listStacks(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
