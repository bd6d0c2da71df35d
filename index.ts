import path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { readConfig } from './config';
import { takeBackSalt } from './config-salt';
import { CutoverError } from './errors';
import { createPlatform } from './platforms/factory';
import { homeOf } from './platforms/process/home';
import { checkNodeVersion } from './toolchain/node-version';
import { declareStack, startsAfter } from './workloads/declare-all';

/** The Pulumi program: config in, one posture and its workloads out. */
function program(): void {
  const outdated = checkNodeVersion(process.version);
  if (outdated) throw new pulumi.RunError(outdated);
  const projectDir = pulumi.runtime.getRootDirectory();
  takeBackSalt(path.join(projectDir, 'stacks', `Pulumi.${pulumi.getStack()}.yaml`), projectDir);
  const place = { stack: pulumi.getStack(), projectDir, home: homeOf(projectDir) };
  const config = readConfig(pulumi.runtime.allConfig(), projectDir);
  const platform = createPlatform(config, place);
  const { posture, workloads } = declareStack(config, place.stack, place.home, platform);

  // The posture first: a policy that refuses it refuses before any workload is touched.
  const judged = platform.declarePosture(posture, workloads);
  const declared = new Map<string, pulumi.CustomResource>();
  for (const spec of workloads) {
    const before = startsAfter[spec.name].map((name) => declared.get(name)!);
    declared.set(spec.name, platform.declare(spec, [judged, ...before]));
  }
}

try {
  program();
} catch (error) {
  if (!(error instanceof CutoverError)) throw error;
  // A RunError is shown without a stack trace: this is for the operator, not for us.
  throw new pulumi.RunError([error.message, ...error.details.map((detail) => `  - ${detail}`)].join('\n'));
}
