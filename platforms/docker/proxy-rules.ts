import { containerName, containerNames } from './names';

/** What the proxy does with a request. */
export type ProxyVerdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'list' }
  | { readonly kind: 'inspect'; readonly id: string }
  | { readonly kind: 'stop'; readonly id: string }
  | { readonly kind: 'refuse' };

const version = /^\/v\d+\.\d+(?=\/)/;
const oneContainer = /^\/containers\/([\w.-]+)\/(json|stop|kill)$/;

/**
 * What a guardian needs of a daemon, and no more: to look at containers, and to stop the traders of its own stack. Pure.
 * @param target the request's path with its query
 */
export function judgeRequest(method: string, target: string): ProxyVerdict {
  // A path that could be read in two ways is none.
  if (/[%\\]|\/\/|\/\.{1,2}(\/|$)/.test(target.split('?')[0]!)) return { kind: 'refuse' };
  const path = target.split('?')[0]!.replace(version, '');
  if ((method === 'GET' || method === 'HEAD') && path === '/_ping') return { kind: 'pass' };
  if (method === 'GET' && path === '/containers/json') return { kind: 'list' };
  const [, id, action] = oneContainer.exec(path) ?? [];
  if (id !== undefined && method === 'GET' && action === 'json') return { kind: 'inspect', id };
  if (id !== undefined && method === 'POST' && action !== 'json') return { kind: 'stop', id };
  return { kind: 'refuse' };
}

/** Whether a container may be stopped through the proxy: the traders of its stack, and nothing else. @param name with or without its slash */
export function mayStop(name: string, stack: string): boolean {
  return [containerName(stack, 'orchestrator'), containerName(stack, 'backend')].includes(name.replace(/^\//, ''));
}

/** What is shown of a container: of those that are not the stack's no environment, which may hold a secret. Pure. */
export function trimContainer<T extends { Name: string; Config: { Env?: readonly string[] | null } }>(
  found: T,
  stack: string,
): T {
  const isOwn = containerNames(stack).includes(found.Name.replace(/^\//, ''));
  return isOwn ? found : { ...found, Config: { ...found.Config, Env: [] } };
}
