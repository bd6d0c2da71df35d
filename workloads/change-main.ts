import { text } from 'node:stream/consumers';
import { CutoverError, messageOf } from '../errors';
import { leaveHalt } from './gateway/leave-halt';
import { recordIncident } from './guardian/record-incident';
import { requireEnv } from './service';

// Makes one change to the data of the workload that it is run beside. The input comes as JSON on standard input; one
// line of JSON answers: the output, or the error.

const changes = [leaveHalt, recordIncident];

async function main(): Promise<object> {
  const name = process.argv[2];
  const change = changes.find((one) => one.name === name);
  if (!change) throw new Error(`expected one of ${changes.map((one) => one.name).join(', ')}, received ${name}`);
  const input = JSON.parse(await text(process.stdin));
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
  .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
