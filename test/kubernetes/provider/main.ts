/**
 * Stands in for the official plugin of `@pulumi/kubernetes` where that cannot be had: applies objects for real, and
 * refuses every input that the official schema does not know. For tests alone.
 * Arguments: the shapes of the inputs as a JSON file, the version to report, then what the engine adds.
 */
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import { providerService } from './service';

const [shapesFile = '', version = ''] = process.argv.slice(2);

const server = new Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });
server.addService(ResourceProviderService, providerService(JSON.parse(readFileSync(shapesFile, 'utf8')), version));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
});

// An engine that was killed ends nobody.
const engine = process.ppid;
setInterval(() => process.ppid === engine || process.exit(0), 1000).unref();
