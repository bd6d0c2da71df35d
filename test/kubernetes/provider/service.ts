import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { answer, plain, struct } from './answer';
import { checkInputs } from './check';
import { type Connection, connect, type Settings } from './connect';
import { diffInputs, pathText } from './diff';
import { kindOfUrn, tokenOf } from './kinds';
import { diffProvider } from './provider-diff';
import { create, type Request, read, remove, update } from './resources';
import { markedLike, withoutMarks } from './secrets';
import type { Failure, Properties, Shapes } from './shape';

// The one `Empty` that the service checks against: another copy of the class would be refused.
const { responseType: Empty } = ResourceProviderService.cancel as unknown as { responseType: new () => object };

const { DiffChanges } = messages.DiffResponse;
const { Kind: DiffKind } = messages.PropertyDiff;
const diffKinds = {
  add: [DiffKind.ADD, DiffKind.ADD_REPLACE],
  update: [DiffKind.UPDATE, DiffKind.UPDATE_REPLACE],
  delete: [DiffKind.DELETE, DiffKind.DELETE_REPLACE],
} as const;

/** The engine's calls to a provider. */
export function providerService(shapes: Shapes, version: string): UntypedServiceImplementation {
  let connection: Connection | undefined;
  const cancelling = new AbortController();

  const connected = (): Connection => {
    if (connection) return connection;
    throw new Error('expected the provider to be configured first');
  };
  const requestOf = (call: { getUrn(): string; getTimeout?(): number; getPreview?(): boolean }): Request => ({
    kind: kindOfUrn(call.getUrn()),
    urn: call.getUrn(),
    timeout: call.getTimeout?.() ?? 0,
    preview: call.getPreview?.() ?? false,
    cancelled: cancelling.signal,
  });

  return {
    getPluginInfo: answer(() => new PluginInfo().setVersion(version)),
    getSchema: answer(() =>
      new messages.GetSchemaResponse().setSchema(JSON.stringify({ name: 'kubernetes', version })),
    ),
    attach: answer(() => new Empty()),
    cancel: answer(() => {
      cancelling.abort();
      return new Empty();
    }),

    checkConfig: answer((call: messages.CheckRequest) => new messages.CheckResponse().setInputs(call.getNews())),

    diffConfig: answer(async (call: messages.DiffRequest) => {
      const settings = (value: Properties) => withoutMarks(value) as Settings;
      const { changed, replaces } = await diffProvider(
        settings(plain(call.getOlds())),
        settings(plain(call.getNews())),
      );
      return new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(replaces);
    }),

    configure: answer(async (call: messages.ConfigureRequest) => {
      const variables: [string, string][] = call.getVariablesMap().toArray();
      connection = await connect(Object.fromEntries(variables.map(([name, value]) => [name.split(':').at(-1), value])));
      return new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    check: answer((call: messages.CheckRequest) => {
      const kind = kindOfUrn(call.getUrn());
      const news = plain(call.getNews());
      const shape = shapes[tokenOf(kind)]!;
      const { inputs, failures } = checkInputs(kind, withoutMarks(news), shape, connected().namespace);
      return new messages.CheckResponse()
        .setInputs(struct(markedLike(inputs, news)))
        .setFailuresList(failures.map(failureOf));
    }),

    diff: answer((call: messages.DiffRequest) => {
      const [olds, news] = [withoutMarks(plain(call.getOlds())), withoutMarks(plain(call.getNews()))];
      const { mutable } = connected();
      const difference = diffInputs(kindOfUrn(call.getUrn()), olds, news, mutable, call.getIgnorechangesList());
      const { changes, deleteBeforeReplace } = difference;
      const response = new messages.DiffResponse()
        .setChanges(changes.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
        .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => pathText(path)))
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
      for (const { path, change, replaces } of changes) {
        const kind = diffKinds[change][replaces ? 1 : 0];
        const inputdiff = change === 'delete';
        response
          .getDetaileddiffMap()
          .set(pathText(path), new messages.PropertyDiff().setKind(kind).setInputdiff(inputdiff));
      }
      return response;
    }),

    create: answer(async (call: messages.CreateRequest) => {
      const { id, state } = await create(connected(), requestOf(call), plain(call.getProperties()));
      return new messages.CreateResponse().setId(id).setProperties(struct(state));
    }),

    read: answer(async (call: messages.ReadRequest) => {
      const [olds, inputs] = [plain(call.getProperties()), plain(call.getInputs())];
      const found = await read(connected(), requestOf(call), call.getId(), olds, inputs);
      // Without an id: it is gone.
      if (!found) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(call.getId())
        .setProperties(struct(found.state))
        .setInputs(struct(found.inputs));
    }),

    update: answer(async (call: messages.UpdateRequest) => {
      const [olds, news] = [plain(call.getOlds()), plain(call.getNews())];
      const state = await update(connected(), requestOf(call), olds, news, call.getIgnorechangesList());
      return new messages.UpdateResponse().setProperties(struct(state));
    }),

    delete: answer(async (call: messages.DeleteRequest) => {
      await remove(connected(), requestOf(call), call.getId(), plain(call.getProperties()));
      return new Empty();
    }),
  };
}

function failureOf({ property, reason }: Failure): messages.CheckFailure {
  return new messages.CheckFailure().setProperty(property).setReason(`${property}: ${reason}`);
}
