import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { StackPlace } from '../../platforms/platform';
import { homeOf } from '../../platforms/process/home';

/** A stack of a project, and the file that holds its config. */
export interface Project extends StackPlace {
  readonly configFile: string;
}

/**
 * Finds the project around a folder: the nearest Pulumi.yaml of the project `cutover`.
 * @throws CutoverError `no_project` (exit code 2)
 */
export function findProject(from: string, stack: string): Project {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(stack)) {
    throw new CutoverError(
      'invalid_stack',
      `--stack: expected a stack name such as main, received ${JSON.stringify(stack)}`,
      {
        exitCode: exitCodes.usage,
      },
    );
  }
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (isProject(path.join(folder, 'Pulumi.yaml'))) {
      return {
        stack,
        projectDir: folder,
        home: homeOf(folder),
        configFile: path.join(folder, 'stacks', `Pulumi.${stack}.yaml`),
      };
    }
    if (folder === path.dirname(folder)) break;
  }
  throw new CutoverError(
    'no_project',
    `expected a Pulumi.yaml of the project "cutover" in ${from} or a folder above, found none`,
    {
      exitCode: exitCodes.usage,
      details: ['Run the command in the folder of your Cutover project.'],
    },
  );
}

function isProject(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    return (parse(readFileSync(file, 'utf8')) as { name?: unknown } | null)?.name === 'cutover';
  } catch (error) {
    throw new CutoverError('invalid_project', `${file} is not YAML: ${messageOf(error)}`, {
      exitCode: exitCodes.usage,
    });
  }
}
