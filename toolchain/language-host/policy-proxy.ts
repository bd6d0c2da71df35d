import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { AnalyzerService } from '@pulumi/pulumi/proto/analyzer_grpc_pb';
import { AnalyzerStackConfigureRequest } from '@pulumi/pulumi/proto/analyzer_pb';
import { packEnvironment } from './configuration';

type Answer = (error: Partial<ServiceError> | null, value?: Buffer) => void;

// As the engine and the policy library set it: resources may be large.
const maxMessageBytes = 400 * 1024 * 1024;
const limits = { 'grpc.max_receive_message_length': maxMessageBytes, 'grpc.max_send_message_length': maxMessageBytes };

const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * Stands between engine and policy pack. A pack reads the stack's configuration from its environment when it starts,
 * while the engine tells it afterwards, by `ConfigureStack`. So this answers the engine first, starts the pack when
 * the configuration is known, and passes every other call through, byte for byte.
 */
export class PolicyProxy {
  readonly port: number;
  /** The environment additions for the pack, once the engine has configured the stack; empty when it never does. */
  readonly stackConfigured: Promise<Record<string, string>>;
  readonly #server: Server;
  readonly #pack: Promise<Client>;
  #configure!: (environment: Record<string, string>) => void;
  #attach!: (pack: Client) => void;
  #fail!: (reason: Error) => void;
  #configuration: Buffer | undefined;

  /** Starts listening on a free port of the loopback address. */
  static async listen(): Promise<PolicyProxy> {
    const server = new Server(limits);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return new PolicyProxy(server, port);
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.stackConfigured = new Promise((resolve) => {
      this.#configure = resolve;
    });
    this.#pack = new Promise((resolve, reject) => {
      this.#attach = resolve;
      this.#fail = reject;
    });
    // Whoever calls gets the failure; nobody calling is no reason to crash.
    this.#pack.catch(() => {});
    const definition: Record<string, ServiceDefinition[string]> = {};
    const handlers: UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries(AnalyzerService as ServiceDefinition)) {
      definition[name] = {
        ...method,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      };
      handlers[name] = (call: { request: Buffer }, answer: Answer) => this.#handle(name, method.path, call, answer);
    }
    server.addService(definition, handlers);
  }

  /** Connects to the pack, whose first line of output is its port; what it prints afterwards goes to `onOutput`. */
  attach(pack: ChildProcess, onOutput: (chunk: Buffer) => void): void {
    let head = Buffer.alloc(0);
    let attached = false;
    (pack.stdout as Readable).on('data', (chunk: Buffer) => {
      if (attached) return onOutput(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\n');
      if (end < 0) return;
      attached = true;
      const line = head.subarray(0, end).toString().trim();
      if (head.length > end + 1) onOutput(head.subarray(end + 1));
      if (/^\d+$/.test(line)) void this.#connect(Number(line));
      else this.#fail(new Error(`the policy pack should print its port first, and printed ${JSON.stringify(line)}`));
    });
    pack.once('close', (code, signal) =>
      this.#fail(new Error(`the policy pack ended (${signal ?? `exit code ${code}`}); its message is above`)),
    );
    pack.once('error', (error) => this.#fail(error));
  }

  /** Stops listening, and hangs up on engine and pack. */
  close(): void {
    this.#configure({});
    this.#fail(new Error('the policy pack was stopped'));
    this.#pack.then((client) => client.close()).catch(() => {});
    this.#server.forceShutdown();
  }

  #handle(name: string, path: string, call: { request: Buffer }, answer: Answer): void {
    if (name === 'handshake') {
      answer(null, Buffer.alloc(0));
      return;
    }
    if (name === 'configureStack') {
      this.#configuration = call.request;
      const request = AnalyzerStackConfigureRequest.deserializeBinary(call.request);
      const identity = {
        organization: request.getOrganization(),
        project: request.getProject(),
        stack: request.getStack(),
        dryRun: request.getDryRun(),
      };
      this.#configure(
        packEnvironment(identity, request.getConfigMap().getEntryList(), request.getConfigSecretKeysList()),
      );
      answer(null, Buffer.alloc(0));
      return;
    }
    // Some commands ask a pack what it holds without any stack.
    this.#configure({});
    this.#pack
      .then((pack) => forward(pack, path, call.request))
      .then(
        (value) => answer(null, value),
        (error) => answer(isServiceError(error) ? error : { code: status.UNAVAILABLE, details: error.message }),
      );
  }

  async #connect(port: number): Promise<void> {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), limits);
    try {
      // The pack gets the engine's own message too: that is where it takes the stack's tags from.
      if (this.#configuration)
        await forward(client, AnalyzerService.configureStack.path, this.#configuration).catch((error) => {
          if (error.code !== status.UNIMPLEMENTED) throw error;
        });
      this.#attach(client);
    } catch (error) {
      this.#fail(error as Error);
    }
  }
}

function forward(client: Client, path: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, request, (error, value) =>
      error ? reject(error) : resolve(value ?? Buffer.alloc(0)),
    );
  });
}

function isServiceError(error: Error): error is ServiceError {
  return 'code' in error && 'details' in error;
}
