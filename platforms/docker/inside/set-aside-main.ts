import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../../errors';

// Runs in a container: moves files out of the way that are declared no more. Nothing is ever deleted. Arguments: the folder
// that they are under, the folder for what is set aside, when, and the files, by their paths below the first.

const [root = '', aside = '', when = '', ...files] = process.argv.slice(2);

try {
  for (const file of files) {
    const kept = path.join(aside, `${file}.${when}`);
    mkdirSync(path.dirname(kept), { recursive: true });
    renameSync(path.join(root, file), kept);
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
