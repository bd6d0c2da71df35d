import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { Cluster } from './client';
import { type Pod, portOf } from './pods';

/** Listeners of this process on 127.0.0.1, each of which leads to a pod. Open until the process ends; none holds it up. */
export class Forwards {
  private readonly open = new Map<string, Promise<string>>();

  constructor(private readonly cluster: Cluster) {}

  /** An address that leads to this very pod, and nowhere when it is gone. */
  toPod(pod: Pod): Promise<string> {
    return this.to(pod.metadata.uid, async () => pod);
  }

  /**
   * An address that leads to the pod that is found when somebody connects.
   * @param key one of a kind for what is found
   */
  to(key: string, find: () => Promise<Pod | undefined>): Promise<string> {
    const known = this.open.get(key) ?? this.listen(find);
    this.open.set(key, known);
    return known;
  }

  private async listen(find: () => Promise<Pod | undefined>): Promise<string> {
    const server = createServer((socket) => {
      socket.unref();
      // A connection that cannot be had ends like one to a port where nothing listens.
      this.connect(socket, find).catch(() => socket.resetAndDestroy());
    });
    server.unref();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async connect(socket: Socket, find: () => Promise<Pod | undefined>): Promise<void> {
    socket.once('error', () => socket.destroy());
    socket.pause();
    const pod = await find();
    const port = pod && portOf(pod.spec);
    if (!pod || port === undefined) throw new Error('no pod');
    const { PortForward } = await import('@kubernetes/client-node');
    const failed = new Writable({
      write: (_chunk, _encoding, done) => {
        socket.resetAndDestroy(); // nothing listens in the pod
        done();
      },
    });
    const { name, namespace } = pod.metadata;
    const forward = new PortForward(this.cluster.config);
    const opened = await forward.portForward(namespace, name, [port], socket, failed, socket);
    if (typeof opened === 'function') throw new Error('expected a connection that is made once');
    (opened as unknown as { _socket?: { unref(): void } })._socket?.unref();
    opened.onclose = () => socket.end();
    opened.onerror = () => socket.destroy();
    socket.once('close', () => opened.close());
    if (socket.destroyed) opened.close();
    socket.resume();
  }
}
