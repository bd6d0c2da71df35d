/**
 * A language host for Node.js that stands in where the official `pulumi-language-nodejs` cannot be had. The engine
 * starts it, reads its port from the first line of output, and keeps its standard input open for as long as it lives.
 */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb';
import { Children } from './language-host/children';
import { languageRuntime } from './language-host/service';
import { checkNodeVersion } from './node-version';

const remedy = checkNodeVersion(process.version);
if (remedy) {
  console.error(remedy);
  process.exit(1);
}

const children = new Children();
// The engine's address is the last argument, after its options for logs and tracing.
const engineAddress = process.argv.at(-1) ?? '';
const server = new Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });
server.addService(LanguageRuntimeService, languageRuntime(engineAddress, children));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await children.stopAll();
  process.exit(0);
}
// However the engine dies, its end of the pipe closes.
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
// Nobody is left to read what is printed after that.
process.stdout.on('error', stop);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
