import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { bundleEntry } from './bundle';
import { type Answer, runAtTerminal, type TerminalRun } from './pty';

const root = path.resolve(__dirname, '..', '..');
const node = path.join(root, 'node_modules', '.bin', 'node');

/** A project's config and model in a folder of their own, for verbs that need no engine. */
export interface SmallProject {
  readonly dir: string;
  readonly home: string;
  /** A place as verbs take it. */
  readonly place: { stack: string; projectDir: string; home: string; configFile: string };
  /** Changes one setting of the stack's config. */
  set(keys: readonly string[], value: unknown): void;
  /** Runs a verb without a terminal. */
  run(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Runs a verb at a terminal. */
  runAtTerminal(args: string[], answers: readonly Answer[]): Promise<TerminalRun>;
  destroy(): void;
}

export async function makeSmallProject(): Promise<SmallProject> {
  const cli = await bundleEntry('scripts/cutover.ts');
  const dir = mkdtempSync(path.join(tmpdir(), 'cutover-small-'));
  for (const name of ['Pulumi.yaml', 'models', path.join('stacks', 'Pulumi.main.yaml')]) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
  }
  const main = path.join(dir, 'main.js');
  writeFileSync(
    main,
    `require(${JSON.stringify(cli)}).main(process.argv.slice(2)).then((code) => process.exit(code));\n`,
  );
  const home = path.join(dir, '.cutover');
  const configFile = path.join(dir, 'stacks', 'Pulumi.main.yaml');
  const { CUTOVER_HOME: _, ...env } = process.env;
  return {
    dir,
    home,
    place: { stack: 'main', projectDir: dir, home, configFile },
    set: (keys, value) => {
      const config = parseDocument(readFileSync(configFile, 'utf8'));
      const [first, ...rest] = keys;
      config.setIn(['config', `cutover:${first}`, ...rest], value);
      writeFileSync(configFile, config.toString());
    },
    run: async (args) => {
      const { exitCode, stdout, stderr } = await execa(node, [main, ...args], {
        cwd: dir,
        env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      });
      return { exitCode: exitCode ?? -1, stdout, stderr };
    },
    runAtTerminal: (args, answers) => runAtTerminal([node, main, ...args], answers, { cwd: dir, env }),
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  };
}
