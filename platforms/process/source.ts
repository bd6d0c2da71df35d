import path from 'node:path';
import { type Digest, digestOf } from '../../posture/digest';
import { filesOnDisk, statFile } from '../../project-files';

/**
 * The digest of the code that a command runs: of every file that its words name, in order, the program's own included.
 * Declared and observed commands are digested alike, so that the two can be compared.
 * @param cwd the folder that relative words start from
 * @param searchPath the PATH on which a program without a folder is looked for
 * @param digestOfFile undefined where there is none
 */
export function digestCommand(
  command: readonly string[],
  cwd: string,
  searchPath = process.env.PATH,
  digestOfFile: (file: string) => Digest | undefined = filesOnDisk.digestOf,
): Digest {
  const [program, ...args] = command;
  const files = [...(program === undefined ? [] : [fileOfProgram(program, cwd, searchPath)])];
  return digestOf(
    [...files, ...args.map((word) => path.resolve(cwd, word))].flatMap(
      (file) => (file === undefined ? undefined : digestOfFile(file)) ?? [],
    ),
  );
}

/** The file that the first word of a command starts, if one can be told. */
export function fileOfProgram(program: string, cwd: string, searchPath = ''): string | undefined {
  if (program.includes('/')) return path.resolve(cwd, program);
  const folders = searchPath.split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.resolve(cwd, folder, program)).find((file) => statFile(file) !== undefined);
}
