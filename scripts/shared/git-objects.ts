import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { CutoverError, type ExitCode, exitCodes } from '../../errors';

/** The most bytes that git may answer with. */
const mostBytes = 512 * 1024 * 1024;

/** A file of a revision. */
export interface TreeEntry {
  readonly oid: string;
  readonly isLink: boolean;
}

/** A commit that somebody named. */
export interface Commit {
  /** As it was named. */
  readonly name: string;
  readonly id: string;
}

/** Reads a git repository's objects. Never touches the work tree, nor anything else. Paths are from the repository's root. */
export interface GitObjects {
  /** The path of a file of this machine; undefined where it lies outside the repository. */
  pathOf(file: string): string | undefined;
  /** @param option to name in errors @throws CutoverError `unknown_revision` (2), `shallow_clone` (5) */
  resolve(name: string, option: string): Commit;
  /** Every file of a commit. @throws CutoverError `git_object_missing` (5) */
  listTree(commit: Commit): ReadonlyMap<string, TreeEntry>;
  /** The paths that git keeps track of in the work tree. */
  listTracked(): ReadonlySet<string>;
  /** The sizes of files' contents, bytes. @throws as `listTree` */
  sizesOf(oids: readonly string[]): ReadonlyMap<string, number>;
  /** A file's content. @throws as `listTree` */
  read(oid: string): Buffer;
  /** The paths within the project that differ between two commits, or between one and the work tree. */
  listChanged(base: Commit, head: Commit | null): string[];
  /** The branch that is checked out; null where HEAD is detached. */
  readonly branch: string | null;
}

/** @throws CutoverError `git_missing` (exit code 5), `no_git` (exit code 2) */
export function openGitObjects(projectDir: string): GitObjects {
  const start = (args: readonly string[], input?: string) => {
    const { error, status, stdout, stderr } = spawnSync('git', ['--no-replace-objects', ...args], {
      cwd: projectDir,
      input: input ?? '',
      maxBuffer: mostBytes,
      // Words that can be shown as they are; no lock files; nothing fetched from elsewhere.
      env: { ...process.env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' },
    });
    if (error && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw gitError('git_missing', 'expected the program git, which reads revisions, found none', exitCodes.missing);
    }
    if (error) throw gitError('git_failed', `git ${args[0]} cannot be run: ${error.message}`, exitCodes.unexpected);
    return { ok: status === 0, stdout, said: stderr.toString('utf8').trim().split('\n').filter(Boolean) };
  };
  const ask = (...args: string[]) => {
    const { ok, stdout } = start(args);
    return ok ? stdout.toString('utf8').trimEnd() : undefined;
  };
  const need = (what: string, args: readonly string[], input?: string): Buffer => {
    const { ok, stdout, said } = start(args, input);
    if (ok) return stdout;
    throw gitError('git_object_missing', `git cannot ${what}`, exitCodes.missing, [
      ...said,
      'A clone that leaves objects out has to be completed first: git fetch --refetch, or a full clone.',
    ]);
  };
  const split = (bytes: Buffer) => bytes.toString('utf8').split('\0').filter(Boolean);

  const found = start(['rev-parse', '--show-prefix']);
  if (!found.ok) {
    const message = `expected ${projectDir} to be in a git repository, since revisions are read from it`;
    throw gitError('no_git', message, exitCodes.usage, [
      ...found.said,
      'Without git: cutover verify, without --base and --head, judges the config as it is now.',
    ]);
  }
  const prefix = found.stdout.toString('utf8').replace(/\n$/, '');
  const branch = ask('symbolic-ref', '--quiet', '--short', 'HEAD') ?? null;

  const whyUnknown = (name: string, option: string): CutoverError => {
    const expected = `${option}: expected a revision of this repository, received ${JSON.stringify(name)}`;
    if (ask('rev-parse', '--is-shallow-repository') === 'true') {
      const message = `${expected}, which this shallow clone does not have`;
      return gitError('shallow_clone', message, exitCodes.missing, [
        'Its history was left out: git fetch --unshallow, or a clone without --depth.',
      ]);
    }
    const details: string[] = [];
    if (ask('rev-parse', '--verify', '--quiet', 'HEAD') === undefined) details.push('There is no commit yet.');
    else if (branch === null)
      details.push('HEAD is detached: no branch is checked out, and there may be none of this name here.');
    if (/^[\w./-]+$/.test(name) && ask('rev-parse', '--verify', '--quiet', `refs/remotes/origin/${name}`)) {
      details.push(`There is origin/${name}.`);
    }
    return gitError('unknown_revision', `${expected}`, exitCodes.usage, details);
  };

  return {
    branch,
    pathOf(file) {
      const inside = path.posix.normalize(
        path.posix.join(prefix, path.relative(projectDir, file).split(path.sep).join('/')),
      );
      return inside === '..' || inside.startsWith('../') || path.isAbsolute(inside) ? undefined : inside;
    },
    resolve(name, option) {
      // What begins with a hyphen would be an option of git's.
      const id =
        name.startsWith('-') || name === '' ? undefined : ask('rev-parse', '--verify', '--quiet', `${name}^{commit}`);
      if (id === undefined) throw whyUnknown(name, option);
      return { name, id };
    },
    listTree({ name, id }) {
      const rows = split(need(`list the files of ${name}`, ['ls-tree', '-r', '-z', '--full-tree', id]));
      const entries = rows.flatMap((row): [string, TreeEntry][] => {
        const [meta = '', file = ''] = row.split(/\t(.*)/s);
        const [mode = '', type = '', oid = ''] = meta.split(' ');
        return type === 'blob' ? [[file, { oid, isLink: mode === '120000' }]] : []; // else a submodule
      });
      return new Map(entries);
    },
    listTracked: () =>
      new Set(split(need('list what it keeps track of', ['ls-files', '-z', '--full-name', '--', ':/']))),
    sizesOf(oids) {
      const unique = [...new Set(oids)];
      if (unique.length === 0) return new Map();
      const rows = need('look at files', ['cat-file', '--batch-check'], `${unique.join('\n')}\n`).toString('utf8');
      const sizes = rows
        .split('\n')
        .filter(Boolean)
        .map((row): [string, number] => {
          const [oid = '', type = '', size] = row.split(' ');
          if (type === 'blob') return [oid, Number(size)];
          throw gitError('git_object_missing', `git has no content of ${oid}: ${row}`, exitCodes.missing);
        });
      return new Map(sizes);
    },
    read: (oid) => need(`read ${oid}`, ['cat-file', 'blob', oid]),
    listChanged: (base, head) =>
      split(
        need('compare revisions', [
          'diff',
          '--name-only',
          '-z',
          '--no-renames',
          '--no-ext-diff',
          base.id,
          ...(head ? [head.id] : []),
          '--',
          '.',
        ]),
      ),
  };
}

function gitError(code: string, message: string, exitCode: ExitCode, details: string[] = []): CutoverError {
  return new CutoverError(code, message, { exitCode, details });
}
