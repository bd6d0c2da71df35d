import { statSync } from 'node:fs';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { messageOf } from '../../../errors';

// Runs in a container that was given a daemon's socket: prints as JSON whose daemon answers there, and which group may
// use the socket. Argument: the socket.

const [socket = ''] = process.argv.slice(2);

async function look(): Promise<{ id: unknown; group: number }> {
  const { gid: group } = statSync(socket);
  const id = await new Promise((resolve, reject) => {
    get({ socketPath: socket, path: '/info', headers: { host: 'docker' } }, (response) => {
      json(response).then((info) => resolve((info as { ID?: unknown }).ID), reject);
    }).on('error', reject);
  });
  return { id, group };
}

look().then(
  (found) => process.stdout.write(JSON.stringify(found), () => process.exit(0)),
  (error) => process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1)),
);
