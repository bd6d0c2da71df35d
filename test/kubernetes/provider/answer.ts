import { Metadata, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import * as messages from '@pulumi/pulumi/proto/provider_pb';
import { Status } from '@pulumi/pulumi/proto/status_pb';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { type JavaScriptValue, Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { messageOf } from '../../../errors';
import type { Properties } from './shape';

/** An object exists, but not as it should: the engine records it, so that it can be repaired or removed. */
export class HalfMade extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly state: Properties,
    readonly reasons: readonly string[],
    readonly inputs?: Properties,
  ) {
    super(message);
  }
}

/** A call of the service from what answers it; what that throws is what the engine shows. */
export function answer<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response>, send: sendUnaryData<Response>) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (response) => send(null, response),
        (error) => send({ code: status.UNKNOWN, details: messageOf(error), metadata: detailsOf(error) }),
      );
  };
}

function detailsOf(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof HalfMade)) return metadata;
  const failed = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(struct(error.state))
    .setReasonsList([error.message, ...error.reasons]);
  if (error.inputs) failed.setInputs(struct(error.inputs));
  const any = new Any();
  any.pack(failed.serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const said = new Status().setCode(status.UNKNOWN).setMessage(error.message);
  said.addDetails(any);
  metadata.add('grpc-status-details-bin', Buffer.from(said.serializeBinary()));
  return metadata;
}

export const plain = (value: Struct | undefined): Properties => value?.toJavaScript() ?? {};

/** Without what is undefined, which the engine's messages cannot carry. */
export function struct(value: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);
}
