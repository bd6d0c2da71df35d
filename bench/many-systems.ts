import path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { readConfig } from '../config';
import { PostureResource, postureInputs } from '../platforms/posture-resource';
import { createProcessView, processInputs } from '../platforms/process/view';
import { resourceTypes } from '../platforms/resource-types';
import { declareStack } from '../workloads/declare-all';

class ProcessResource extends pulumi.CustomResource {}

/** A program that declares as many systems as it is told, each with its posture and all of its workloads. */
const projectDir = pulumi.runtime.getRootDirectory();
const config = readConfig(pulumi.runtime.allConfig(), projectDir);
for (let number = 1; number <= Number(process.env.BENCH_SYSTEMS); number++) {
  const stack = `system-${number}`;
  const place = { stack, projectDir, home: path.join(projectDir, '.cutover', stack) };
  const view = createProcessView(config, place);
  const { posture, workloads } = declareStack(config, stack, place.home, view);
  const judged = new PostureResource(`${stack}-posture`, postureInputs(posture, place));
  for (const spec of workloads) {
    const inputs = { ...processInputs(spec, place, view), pid: undefined, url: undefined, startedAt: undefined };
    new ProcessResource(resourceTypes.process, `${stack}-${spec.name}`, inputs, { dependsOn: [judged] });
  }
}
