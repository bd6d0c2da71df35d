import type { Socket } from 'node:net';
import type Docker from 'dockerode';
import { listenFor } from '../loopback';
import { inspect } from './client';
import { startExec } from './exec';
import { containerName, networkNames, shippedCommand } from './names';
import { environmentOf, isShipped } from './observe';

type Found = Docker.ContainerInspectInfo;

/**
 * Addresses of this machine that lead to containers on another host, whose networks are not reached from here. Each
 * connection is a small program beside whatever listens, which joins it to the port.
 */
export class Tunnels {
  private readonly open = new Map<string, Promise<string>>();

  constructor(
    private readonly docker: Docker,
    private readonly stack: string,
  ) {}

  /** An address that leads to this very container, and nowhere when it is gone. @throws Error when none can be listened on */
  toContainer(container: Found): Promise<string> {
    return this.to(container.Id, async () => container);
  }

  /**
   * An address that leads to the container that is found when somebody connects.
   * @param key one of a kind for what is found
   */
  to(key: string, find: () => Promise<Found | undefined>): Promise<string> {
    const known = this.open.get(key) ?? listenFor((socket) => this.connect(socket, find));
    this.open.set(key, known);
    return known;
  }

  private async connect(socket: Socket, find: () => Promise<Found | undefined>): Promise<void> {
    socket.once('error', () => socket.destroy());
    socket.pause();
    const target = await find();
    const port = target && environmentOf(target).PORT;
    if (!target?.State.Running || !port) throw new Error('no container');
    const { through, host } = await this.wayTo(target);
    const command = shippedCommand('platforms/docker/inside/dial-main', host, port);
    const { stream } = await startExec(this.docker, through, command);
    this.docker.modem.demuxStream(stream, socket, { write: () => true } as never);
    stream.once('end', () => socket.end()).once('error', () => socket.destroy());
    stream.once('close', () => socket.destroy());
    socket.once('close', () => stream.destroy());
    if (socket.destroyed) return void stream.destroy();
    socket.on('data', (bytes: Buffer) => stream.write(bytes));
    socket.resume();
  }

  /** The container in which a program of ours can be run, and where the target is from there. @throws Error where there is none */
  private async wayTo(target: Found): Promise<{ through: string; host: string }> {
    if (isShipped(target)) return { through: target.Id, host: '127.0.0.1' };
    const host = target.NetworkSettings.Networks[networkNames(this.stack).inner]?.IPAddress;
    for (const beside of ['guardian', 'gateway']) {
      const found = await inspect(this.docker, containerName(this.stack, beside));
      if (host && found?.State.Running) return { through: found.Id, host };
    }
    throw new Error('no container of ours is beside it');
  }
}
