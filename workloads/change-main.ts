import { CutoverError, messageOf } from '../errors';
import { readExactly } from '../platforms/kubernetes/inside/read-exactly';
import { leaveHalt } from './gateway/leave-halt';
import { recordIncident } from './guardian/record-incident';
import { recordRotation } from './guardian/record-rotation';
import { requireEnv } from './service';

// Makes one change to the data of the workload that it is run beside. Arguments: its name, and the length of its input,
// which comes as JSON on standard input. One line of JSON answers: the output, or the error.

const changes = [leaveHalt, recordIncident, recordRotation];

async function main(): Promise<object> {
  const [name, length] = process.argv.slice(2);
  const change = changes.find((one) => one.name === name);
  if (!change) throw new Error(`expected one of ${changes.map((one) => one.name).join(', ')}, received ${name}`);
  const input = JSON.parse((await readExactly(process.stdin, Number(length))).toString());
  return { output: (change.make as (folder: string, input: unknown) => unknown)(requireEnv('DATA_DIR'), input) };
}

main()
  .catch((error: Error & { code?: unknown }) => ({
    error: {
      code: String(error.code ?? 'unexpected'),
      message: messageOf(error),
      details: error instanceof CutoverError ? error.details : [],
    },
  }))
  .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0)));
