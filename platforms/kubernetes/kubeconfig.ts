import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

/**
 * The current context of the kubeconfig, as kubectl finds it: of the files that KUBECONFIG lists, else of ~/.kube/config,
 * the first that names one.
 * @returns undefined where none does, as in a pod
 */
export function currentContext(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return listKubeconfigFiles(environment)
    .map(contextOf)
    .find((name) => name !== undefined);
}

/** The files that a kubeconfig is made of, whether they are there or not. */
export function listKubeconfigFiles(environment: NodeJS.ProcessEnv = process.env): string[] {
  const listed = (environment.KUBECONFIG ?? '').split(path.delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [path.join(homedir(), '.kube', 'config')];
}

function contextOf(file: string): string | undefined {
  try {
    const name: unknown = (parse(readFileSync(file, 'utf8')) as Record<string, unknown> | null)?.['current-context'];
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined; // not there, or no YAML: whoever connects says so
  }
}
