import path from 'node:path';
import { messageOf } from '../../errors';
import { maxEnvelopeBytes } from '../../evidence/dsse';
import type { EvidenceFolder } from '../../evidence/store';
import { digestBytes } from '../../posture/digest';
import { filesOnDisk, type ProjectFiles } from '../../project-files';
import type { Commit, GitObjects, TreeEntry } from './git-objects';

/** A project as it is in a commit. Paths are those of this machine, where its files would lie. */
export interface Revision {
  readonly commit: Commit;
  /** A file's content; undefined where the commit has no such file. */
  read(file: string): Buffer | undefined;
  /** A folder of evidence. */
  evidence(folder: string): EvidenceFolder;
  /**
   * The files that config and commands name. What git keeps track of is as it is in the commit; what it never had (programs of
   * this machine, what was built) is as it is now.
   */
  readonly files: ProjectFiles;
  /** Files within the repository that were asked for, are not in git, and so were read from the work tree. */
  readonly fromWorkTree: ReadonlySet<string>;
  /** The paths in the repository of the files that were asked for and are git's. */
  readonly fromGit: ReadonlySet<string>;
}

/** How many links are followed from one to the next. */
const mostLinks = 8;

/** @throws CutoverError `git_object_missing` (exit code 5) */
export function openRevision(git: GitObjects, commit: Commit): Revision {
  const tree = git.listTree(commit);
  const tracked = git.listTracked();
  const fromWorkTree = new Set<string>();
  const fromGit = new Set<string>();
  const contents = new Map<string, Buffer>();

  const readEntry = ({ oid }: TreeEntry): Buffer => {
    const content = contents.get(oid) ?? git.read(oid);
    contents.set(oid, content);
    return content;
  };
  const find = (at: string | undefined, links = mostLinks): TreeEntry | undefined => {
    const entry = at === undefined ? undefined : tree.get(at);
    if (!entry?.isLink || at === undefined) return entry;
    const target = path.posix.join(path.posix.dirname(at), readEntry(entry).toString('utf8'));
    return links === 0 ? undefined : find(target, links - 1);
  };
  /** Whether a file is none of git's business. */
  const isUntracked = (file: string, at: string | undefined): boolean => {
    if (at !== undefined && (tracked.has(at) || tree.has(at))) {
      fromGit.add(at);
      return false;
    }
    if (at !== undefined && filesOnDisk.sizeOf(file) !== undefined) fromWorkTree.add(file);
    return true;
  };
  const read = (file: string): Buffer | undefined => {
    const entry = find(git.pathOf(file));
    return entry && readEntry(entry);
  };
  const pick = <T>(file: string, ofDisk: () => T, ofCommit: (content: Buffer | undefined) => T): T =>
    isUntracked(file, git.pathOf(file)) ? ofDisk() : ofCommit(read(file));

  return {
    commit,
    read,
    fromWorkTree,
    fromGit,
    files: {
      sizeOf: (file) =>
        pick(
          file,
          () => filesOnDisk.sizeOf(file),
          (content) => content?.length,
        ),
      digestOf: (file) =>
        pick(
          file,
          () => filesOnDisk.digestOf(file),
          (content) => content && digestBytes(content),
        ),
      read: (file) =>
        pick(
          file,
          () => filesOnDisk.read(file),
          (content) => {
            if (content) return content;
            throw new Error(`${file} is not in ${commit.name}`);
          },
        ),
    },
    evidence(folder) {
      const inside = `${git.pathOf(folder)}/`;
      const entries = new Map(
        [...tree]
          .filter(([at]) => at.startsWith(inside) && !at.slice(inside.length).includes('/'))
          .map(([at, entry]) => [at.slice(inside.length), entry]),
      );
      let sizes: ReadonlyMap<string, number> | undefined;
      return {
        name: `${folder} in ${commit.name}`,
        list: () => [...entries.keys()],
        read: (name) => {
          try {
            const entry = entries.get(name)!;
            if (entry.isLink) return { code: 'malformed', reason: 'expected a file, found a link' };
            sizes ??= git.sizesOf([...entries.values()].map(({ oid }) => oid));
            const size = sizes.get(entry.oid) ?? 0;
            if (size <= maxEnvelopeBytes) return git.read(entry.oid);
            return { code: 'too_large', reason: `expected at most ${maxEnvelopeBytes} bytes, got ${size}` };
          } catch (error) {
            return { code: 'unreadable', reason: messageOf(error) };
          }
        },
      };
    },
  };
}
