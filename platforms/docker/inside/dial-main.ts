import { connect } from 'node:net';

// Runs in a container: joins standard input and output to a port. Arguments: host and port. What cannot be reached, or
// breaks, ends it with exit code 1.

const [host = '', port = ''] = process.argv.slice(2);

const socket = connect({ host, port: Number(port) });
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(0));
process.stdin.on('error', () => process.exit(1)).on('close', () => process.exit(0));
process.stdin.pipe(socket).pipe(process.stdout);
