import { workloadNames } from '../posture/posture';
import { type BenchResult, compare } from './measure';
import { openBenchProject } from './stack';

const systems = 200;
/** Each system's posture and workloads. */
const resources = systems * (1 + workloadNames.length);

/**
 * A preview of a program that declares 200 systems, with the packs against without, by the real engine, provider and
 * packs. Nothing of the systems runs. Milliseconds for each resource.
 */
export async function benchPreviewOfMany(progress: (message: string) => void, count = 3): Promise<BenchResult[]> {
  const project = await openBenchProject(progress, 'dist/bench/many-systems.js');
  const preview = async (...options: string[]) => {
    const args = ['preview', '--stack', 'main', '--non-interactive', '--json', ...options];
    const printed = JSON.parse(await project.pulumi(args, { BENCH_SYSTEMS: String(systems) }));
    const declared = Number(printed.changeSummary?.create ?? 0);
    // The stack itself is one of them.
    if (declared < resources) throw new Error(`expected ${resources} resources in the preview, received ${declared}`);
  };
  try {
    await project.initialise();
    progress(`previewing ${resources} resources of ${systems} systems, ${count + 1} times each way`);
    const seconds = await compare(
      'preview-200',
      1.15,
      count,
      () => preview(...project.packs),
      () => preview(),
    );
    const each = (time: number) => (time * 1_000) / resources;
    return [{ ...seconds, ours: each(seconds.ours), peer: each(seconds.peer), unit: 'ms per resource' }];
  } finally {
    project.remove();
  }
}
