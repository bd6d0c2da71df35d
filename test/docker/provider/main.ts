/**
 * Stands in for the official plugin of `@pulumi/docker` where that cannot be had: applies networks, volumes and
 * containers for real, and refuses every input that the official schema does not know. For tests alone.
 * Arguments: the shapes of the inputs as a JSON file, the version to report, then what the engine adds.
 */
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import { messageOf } from '../../../errors';
import { connect } from '../../../platforms/docker/client';
import { currentDaemon, isRemote } from '../../../platforms/docker/daemon';
import { withoutTimeout } from '../../../toolchain/image';
import { clientOf } from '../daemon/client';
import { containerHandler } from './container';
import { networkHandler } from './network';
import { type Backend, providerService } from './service';
import type { Shapes } from './shape';
import { volumeHandler } from './volume';

const [shapesFile = '', version = ''] = process.argv.slice(2);
const shapes: Shapes = JSON.parse(readFileSync(shapesFile, 'utf8'));

const backend: Backend = {
  version,
  async connect(configuration) {
    for (const name of Object.keys(configuration)) {
      // The version is the engine's own addition.
      if (name === 'host' || name === 'version') continue;
      throw new Error(`the stand-in for the plugin of @pulumi/docker does not apply the provider's input "${name}"`);
    }
    const named = configuration.host === undefined ? currentDaemon() : { address: String(configuration.host) };
    const host = named.address;
    const docker = isRemote(named) ? withoutTimeout(connect(named)) : clientOf(host);
    try {
      await docker.ping();
    } catch (error) {
      throw new Error(`failed to connect to the Docker daemon at ${host}: ${messageOf(error)}`);
    }
    return new Map([
      ['docker:index/container:Container', containerHandler(docker, shapes.container)],
      ['docker:index/network:Network', networkHandler(docker, shapes.network)],
      ['docker:index/volume:Volume', volumeHandler(docker, shapes.volume)],
    ]);
  },
};

const server = new Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024 });
server.addService(ResourceProviderService, providerService(backend));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
});

// An engine that was killed ends nobody.
const engine = process.ppid;
setInterval(() => process.ppid === engine || process.exit(0), 1000).unref();
