import type { RunRequest } from '@pulumi/pulumi/proto/language_pb';
import { type Children, type Exit, waitForExit } from './children';
import { serializeConfig } from './configuration';
import { resolveBootModule } from './modules';

/** With this exit code `@pulumi/pulumi` says that the failure was shown already. */
const bailExitCode = 32;

/** A process to start: arguments of node, working folder, additions to the environment. */
export interface ProgramCommand {
  readonly args: string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/**
 * The command that runs a Pulumi program.
 * @param bootModule path of `@pulumi/pulumi/cmd/run`
 * @param engineAddress `host:port` of the engine, for its log
 */
export function programCommand(request: RunRequest, bootModule: string, engineAddress: string): ProgramCommand {
  const info = request.getInfo();
  const options = info?.getOptions()?.toJavaScript() ?? {};
  const pwd = request.getPwd();
  const named = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    'root-directory': info?.getRootDirectory() ?? pwd,
    pwd,
  };
  const args = [bootModule];
  for (const [name, value] of Object.entries(named)) if (value !== '') args.push(`--${name}`, value);
  if (request.getDryrun()) args.push('--dry-run');
  args.push('--parallel', String(request.getParallel()), info?.getEntryPoint() || '.', ...request.getArgsList());
  const env: Record<string, string> = {
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
    PULUMI_CONFIG: serializeConfig(request.getConfigMap().getEntryList()),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
  if (typeof options.tsconfig === 'string') env.PULUMI_NODEJS_TSCONFIG_PATH = options.tsconfig;
  return { args, cwd: info?.getProgramDirectory() || pwd, env };
}

/** What the engine is told of a program that ended: `error` is empty when all went well. */
export function programResult(exit: Exit): { error: string; bail: boolean } {
  if (exit.code === 0) return { error: '', bail: false };
  if (exit.code === bailExitCode) return { error: '', bail: true };
  if (exit.code === null) return { error: `Program was ended by ${exit.signal}`, bail: false };
  return { error: `Program exited with non-zero exit code: ${exit.code}`, bail: false };
}

/** Runs a Pulumi program to its end. Its output goes to the output of this host, which the engine shows. */
export async function runProgram(
  request: RunRequest,
  engineAddress: string,
  children: Children,
): Promise<{ error: string; bail: boolean }> {
  const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const command = programCommand(request, resolveBootModule('run', folder), engineAddress);
  const child = children.start(command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return programResult(await waitForExit(child));
}
