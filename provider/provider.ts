import type { Provider } from '@pulumi/pulumi/provider';
import { resourceTypes } from '../platforms/resource-types';
import { clusterRecordResource } from './cluster-record-resource';
import { foldersResource } from './folders-resource';
import { keptObjectsResource } from './kept-objects-resource';
import { postureResource } from './posture-resource';
import { processResource } from './process-resource';
import type { ResourceHandler } from './resource-handler';
import { shownFilesResource } from './shown-files-resource';

const handlers = new Map<string, ResourceHandler>([
  [resourceTypes.process, processResource],
  [resourceTypes.posture, postureResource],
  [resourceTypes.folders, foldersResource],
  [resourceTypes.clusterRecord, clusterRecordResource],
  [resourceTypes.keptObjects, keptObjectsResource],
  [resourceTypes.shownFiles, shownFilesResource],
]);

/** The provider `cutover`: hands every call of the engine to the handler of the resource's type. */
export function createProvider(): Provider {
  return {
    version: '0.1.0',
    check: (urn, olds, news) => handlerOf(urn).check(olds ?? {}, news),
    diff: (_id, urn, olds, news) => handlerOf(urn).diff(olds, news),
    create: (urn, inputs) => handlerOf(urn).create(inputs),
    read: (id, urn, properties) => handlerOf(urn).read(id, properties ?? {}),
    update: (_id, urn, _olds, news) => handlerOf(urn).update(news),
    delete: (_id, urn, properties) => handlerOf(urn).delete(properties),
  };
}

/** @throws Error for a type that this provider does not serve */
function handlerOf(urn: string): ResourceHandler {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  const handler = handlers.get(type);
  if (!handler) throw new Error(`expected a resource of type ${[...handlers.keys()].join(' or ')}, received ${type}`);
  return handler;
}
