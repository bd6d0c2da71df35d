import { Command, CommanderError } from 'commander';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { version } from '../package.json';
import { allVerbs } from './all-verbs';
import { findProject } from './shared/project';
import { measureKeyVariable } from './shared/role-keys';
import { readScreen, render } from './shared/screen';
import { ticker } from './shared/ticker';
import type { Verb } from './shared/verb';

/**
 * Runs a command line.
 * @param argv the words after `cutover`
 * @returns the exit code
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.done;
  const measureKey = takeMeasureKey();
  const program = new Command('cutover')
    .description('Takes a trading system from paper to live trading and back, safely.')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Run cutover --help, or cutover VERB --help, for what there is.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 unexpected error, 2 wrong use or config, 3 refused, 4 a check failed, 5 something needed is missing.',
    );
  for (const verb of allVerbs) {
    addVerb(program, verb, measureKey, (code) => {
      exitCode = code;
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

/** Nothing that is started here is to inherit it. */
function takeMeasureKey(): string | undefined {
  const given = process.env[measureKeyVariable];
  delete process.env[measureKeyVariable];
  return given;
}

function addVerb(
  program: Command,
  verb: Verb,
  measureKey: string | undefined,
  onExit: (exitCode: number) => void,
): void {
  const examples = verb.examples.map(([command, meaning]) => `  $ ${command}\n      ${meaning}`).join('\n');
  const command = program
    .command(verb.name)
    .description(verb.description)
    .exitOverride()
    .option('--stack <name>', 'the stack', 'main')
    .option('--json', 'answer with one JSON document on standard output')
    .option('--yes', 'ask nothing')
    .addHelpText('after', `\nExamples:\n${examples}`);
  for (const [flags, description] of verb.options ?? []) command.option(flags, description);
  if (verb.argument) command.argument(...verb.argument);
  command.action(async (...given: unknown[]) => {
    // Commander hands over the arguments, then the options, then itself.
    const options: Record<string, unknown> = {
      ...Object(given.at(-2)),
      argument: given.length > 2 ? given[0] : undefined,
    };
    const json = options.json === true;
    const screen = readScreen(process.stdout);
    ticker.start(verb.name, json);
    try {
      const context = {
        ...findProject(process.cwd(), String(options.stack)),
        json,
        yes: options.yes === true,
        measureKey,
        screen,
        progress: (message: string) => ticker.tell(message),
      };
      const result = await verb.run(context, options);
      ticker.stop();
      process.stdout.write(`${json ? JSON.stringify(result.json, null, 2) : render(result.text, screen)}\n`);
      onExit(result.exitCode);
    } catch (error) {
      ticker.stop();
      onExit(tellError(error, json));
    }
  });
}

/** Says what went wrong: for people on standard error, for scripts as a JSON document. @returns the exit code */
function tellError(error: unknown, json: boolean): number {
  const known = error instanceof CutoverError ? error : undefined;
  const details = known?.details ?? [];
  if (json) {
    const document = { error: { code: known?.code ?? 'unexpected', message: messageOf(error), details } };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  const text = `cutover: ${messageOf(error)}\n${details.map((detail) => `  - ${detail}\n`).join('')}`;
  process.stderr.write(render(text, readScreen(process.stderr)));
  if (!known && process.env.CUTOVER_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return known?.exitCode ?? exitCodes.unexpected;
}
