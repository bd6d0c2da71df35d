import {
  Metadata,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Status } from '@pulumi/pulumi/proto/status_pb';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { type JavaScriptValue, Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { messageOf } from '../../../errors';
import { checkInputs, type Properties } from './check';
import { type Difference, diffInputs } from './diff';
import { HalfMade, type Handler } from './handler';
import { defaultsKey, unknownValue } from './shape';

/** What the service needs of its surroundings. */
export interface Backend {
  readonly version: string;
  /** Connects to the daemon that the provider's configuration names. @throws Error when it does not answer */
  connect(configuration: Properties): Promise<ReadonlyMap<string, Handler>>;
}

// The one `Empty` that the service checks against: another copy of the class would be refused.
const { responseType: Empty } = ResourceProviderService.cancel as unknown as { responseType: new () => object };

/** The engine's calls to a provider, for the resources that have a handler. */
export function providerService(backend: Backend): UntypedServiceImplementation {
  let handlers: ReadonlyMap<string, Handler> = new Map();

  const handlerOf = (urn: string): Handler => {
    const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
    const handler = handlers.get(type);
    if (!handler) throw new Error(`the stand-in for the plugin of @pulumi/docker has no resource ${type}`);
    return handler;
  };
  const difference = (request: messages.DiffRequest | messages.UpdateRequest): Difference => {
    const { shape, attributes } = handlerOf(request.getUrn());
    return diffInputs(plain(request.getOlds()), plain(request.getNews()), shape, attributes);
  };

  return {
    getPluginInfo: answer(() => new PluginInfo().setVersion(backend.version)),
    attach: answer(() => new Empty()),
    cancel: answer(() => new Empty()),

    configure: answer(async (request: messages.ConfigureRequest) => {
      handlers = await backend.connect(plain(request.getArgs()));
      // Secrets come as plain values then, and the engine keeps them secret in its state.
      return new messages.ConfigureResponse().setSupportspreview(true);
    }),

    check: answer((request: messages.CheckRequest) => {
      const { shape, attributes } = handlerOf(request.getUrn());
      const name = request.getUrn().split('::').at(-1)!;
      const { inputs, failures } = checkInputs(
        name,
        plain(request.getOlds()),
        plain(request.getNews()),
        shape,
        attributes,
      );
      const list = failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(`${property}: ${reason}`),
      );
      return new messages.CheckResponse().setInputs(struct(inputs)).setFailuresList(list);
    }),

    diff: answer((request: messages.DiffRequest) => {
      const { changed, replaces, deleteBeforeReplace } = difference(request);
      const { DiffChanges } = messages.DiffResponse;
      const response = new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setReplacesList([...replaces])
        .setDiffsList([...changed])
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
      const { UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
      for (const name of changed) {
        const kind = replaces.includes(name) ? UPDATE_REPLACE : UPDATE;
        response.getDetaileddiffMap().set(name, new messages.PropertyDiff().setKind(kind));
      }
      return response;
    }),

    create: answer(async (request: messages.CreateRequest) => {
      const handler = handlerOf(request.getUrn());
      const { [defaultsKey]: _, ...inputs } = plain(request.getProperties());
      if (request.getPreview()) {
        const later = Object.fromEntries(handler.outputs.map((name) => [name, unknownValue]));
        return new messages.CreateResponse().setProperties(struct({ ...later, ...inputs }));
      }
      const { id, state } = await handler.create(inputs);
      return new messages.CreateResponse().setId(id).setProperties(struct(state));
    }),

    read: answer(async (request: messages.ReadRequest) => {
      const state = await handlerOf(request.getUrn()).read(request.getId(), plain(request.getProperties()));
      // Without an id: it is gone.
      if (!state) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(request.getId())
        .setProperties(struct(state))
        .setInputs(request.getInputs());
    }),

    update: answer(async (request: messages.UpdateRequest) => {
      const handler = handlerOf(request.getUrn());
      const olds = plain(request.getOlds());
      const { [defaultsKey]: _, ...inputs } = plain(request.getNews());
      if (!request.getPreview()) await handler.update(request.getId(), inputs, olds, difference(request).changed);
      // Not read afresh: what the daemon made of it is seen at the next refresh.
      const kept = Object.entries(olds).filter(([name]) => handler.outputs.includes(name));
      return new messages.UpdateResponse().setProperties(struct({ ...Object.fromEntries(kept), ...inputs }));
    }),

    delete: answer(async (request: messages.DeleteRequest) => {
      await handlerOf(request.getUrn()).delete(request.getId(), plain(request.getProperties()));
      return new Empty();
    }),
  };
}

function answer<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, send: sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => send(null, response),
        (error) => send({ code: status.UNKNOWN, details: messageOf(error), metadata: detailsOf(error) }),
      );
  };
}

/** How the engine learns that a resource exists although its creation failed. */
function detailsOf(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof HalfMade)) return metadata;
  const failed = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(struct(error.state))
    .setReasonsList([error.reason]);
  const any = new Any();
  any.pack(failed.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const said = new Status().setCode(status.UNKNOWN).setMessage(error.reason);
  said.addDetails(any);
  metadata.add('grpc-status-details-bin', Buffer.from(said.serializeBinary()));
  return metadata;
}

const plain = (value: Struct | undefined): Properties => value?.toJavaScript() ?? {};

/** Without what is undefined, which the engine's messages cannot carry. */
function struct(value: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);
}
