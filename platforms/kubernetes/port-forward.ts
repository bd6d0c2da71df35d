import type { Socket } from 'node:net';
import { listenFor } from '../loopback';
import type { Cluster } from './client';
import { type Pod, portOf } from './pods';

/** The channel of a forward's bytes, both ways; the other one says what is wrong. */
const dataChannel = 0;

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
    const known = this.open.get(key) ?? listenFor((socket) => this.connect(socket, find));
    this.open.set(key, known);
    return known;
  }

  private async connect(socket: Socket, find: () => Promise<Pod | undefined>): Promise<void> {
    socket.once('error', () => socket.destroy());
    socket.pause();
    const pod = await find();
    const port = pod && portOf(pod.spec);
    if (!pod || port === undefined) throw new Error('no pod');
    const { Exec } = await import('./library.js');
    const { name, namespace } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${port}`;
    const begun = new Set<number>();
    const opened = await new Exec(this.cluster.config).handler.connect(path, null, (channel, bytes) => {
      // Each channel begins with the number of its port.
      const content = begun.has(channel) ? bytes : bytes.subarray(2);
      begun.add(channel);
      if (channel === dataChannel) socket.write(content);
      else if (content.length > 0) socket.resetAndDestroy(); // nothing listens in the pod
      return true;
    });
    (opened as unknown as { _socket?: { unref(): void } })._socket?.unref();
    opened.onclose = () => socket.end();
    opened.onerror = () => socket.destroy();
    socket.once('close', () => opened.close());
    if (socket.destroyed) opened.close();
    socket.on('data', (bytes: Buffer) => opened.send(Buffer.concat([Buffer.of(dataChannel), bytes])));
    socket.resume();
  }
}
