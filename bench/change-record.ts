import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { type BenchResult, judged, median, timeOf } from './measure';
import { openBenchProject } from './stack';

/** A change record may take this long beyond the preview that it shows, seconds. */
const boundSeconds = 2;

/**
 * The change record of a commit, with the preview that a run of the engine has left in a file, against its bound of 2 s.
 * A whole start of the verb is counted.
 */
export async function benchChangeRecord(progress: (message: string) => void, count = 7): Promise<BenchResult[]> {
  const bench = await openBenchProject(progress);
  const { projectDir, configFile } = bench.project;
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', ...args], { cwd: projectDir });
  try {
    await git('init', '--quiet');
    await git('add', 'stacks', 'Pulumi.yaml');
    await git('commit', '--quiet', '--message', 'Paper');
    const config = parseDocument(readFileSync(configFile, 'utf8'));
    config.setIn(['config', 'cutover:agents', 'quant_company_agent', 'enabled'], true);
    writeFileSync(configFile, config.toString());
    await git('commit', '--quiet', '--all', '--message', 'One more agent in paper');
    progress('change-record: one preview by the engine');
    const preview = path.join(projectDir, 'preview.json');
    writeFileSync(preview, await bench.cutover(['preview', '--json']));
    const verb = ['change-record', '--base', 'HEAD~1', '--head', 'HEAD', '--preview-json', preview, '--json'];
    const times: number[] = [];
    for (let run = 0; run <= count; run += 1) {
      const seconds = await timeOf(async () => void (await bench.cutover(verb)));
      if (run > 0) times.push(seconds);
    }
    return [judged({ name: 'change-record', ours: median(times), peer: boundSeconds, aim: 1, unit: 's' })];
  } finally {
    bench.remove();
  }
}
