import { messageOf } from '../../../errors';
import { parseManifest } from './manifest';
import { readExactly } from './read-exactly';
import { sendFolder } from './send-folder';

// Runs beside a workload: writes what is new in a folder of its pod to standard output. Arguments: the folder, and the
// length of what comes on standard input, the manifest of what the receiver has.

const [folder = '', length = ''] = process.argv.slice(2);

readExactly(process.stdin, Number(length))
  .then((known) => sendFolder(folder, parseManifest(known.toString()), process.stdout))
  .then(
    () => process.exit(0),
    (error) => process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1)),
  );
