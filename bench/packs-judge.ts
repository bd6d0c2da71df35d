import { readFileSync } from 'node:fs';
import { mandatory } from '../policies/workload-safety/check';
import { pinImages } from '../policies/workload-safety/pin-images';
import type { PolicyArgs } from '../policies/workload-safety/read-subject';
import { Run } from '../policies/workload-safety/run';
import { runAsNonRoot } from '../policies/workload-safety/run-as-non-root';

// Judges the deployments of a file by two policies of the pack, as a process of its own: what conftest is measured
// against. Prints how many violations were found.
type Validate = (args: PolicyArgs, report: (message: string) => void) => void;

const run = new Run();
const policies = [pinImages, runAsNonRoot].map((check) => mandatory(check, run).validateResource as Validate);
let violations = 0;
const resources = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as { metadata: { name: string } }[];
for (const props of resources) {
  const { name } = props.metadata;
  const args = { type: 'kubernetes:apps/v1:Deployment', name, urn: name, props };
  for (const validate of policies) validate(args, () => violations++);
}
console.log(violations);
