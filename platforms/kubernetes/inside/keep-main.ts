import { messageOf } from '../../../errors';
import { keepFiles } from './keep-files';
import { readExactly } from './read-exactly';

// Runs beside a workload: writes the files that come on standard input into its data. Argument: how many bytes come.

readExactly(process.stdin, Number(process.argv[2]))
  .then((files) => keepFiles(process.env.DATA_DIR ?? '', files.toString()))
  .then(
    () => process.exit(0),
    (error) => process.stderr.write(`${messageOf(error)}\n`, () => process.exit(1)),
  );
