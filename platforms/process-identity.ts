import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * A process is named by PID *and* start time: a PID alone is reused sooner or later, and a lock or a kill that trusts
 * it hits a stranger. The start time is an opaque text, equal only for the same process of the same boot.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** One live process, as the operating system lists it. `parent` and `group` are PIDs. */
export interface ProcessEntry extends ProcessIdentity {
  readonly parent: number;
  readonly group: number;
}

const hasProc = process.platform === 'linux';

/** The start time of a live process; undefined when there is none with this PID, or only a zombie. */
export function readStartTime(pid: number): string | undefined {
  return readEntry(pid)?.startTime;
}

/** Whether exactly this process still lives. A stopped (SIGSTOP) process lives; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readStartTime(identity.pid) === identity.startTime;
}

/** The identity of the process that asks. */
export function ownIdentity(): ProcessIdentity {
  const startTime = readStartTime(process.pid);
  if (startTime === undefined) throw new Error(`the start time of the own process ${process.pid} cannot be read`);
  return { pid: process.pid, startTime };
}

/** Parent, group and start time of a live process; undefined when there is none, or only a zombie. */
export function readEntry(pid: number): ProcessEntry | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (!hasProc) return parsePs(pid, runPs(['-o', psColumns, '-p', String(pid)]))[0];
  const stat = readProc(pid, 'stat');
  return stat === undefined ? undefined : parseStat(stat, bootId());
}

/**
 * The environment a process was started with. Undefined when it is gone, belongs to another user, or on systems
 * without `/proc`, where nothing reports it reliably.
 */
export function readEnvironment(pid: number): Record<string, string> | undefined {
  const text = hasProc ? readProc(pid, 'environ') : undefined;
  if (text === undefined) return undefined;
  const environment: Record<string, string> = {};
  for (const entry of text.split('\0')) {
    const equals = entry.indexOf('=');
    if (equals > 0) environment[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  return environment;
}

/** The command line of a process, one element an argument; undefined when it is gone or has none (a kernel thread). */
export function readCommand(pid: number): string[] | undefined {
  if (!hasProc) {
    const line = runPs(['-ww', '-o', 'command=', '-p', String(pid)]).trim();
    return line === '' ? undefined : line.split(' ');
  }
  const text = readProc(pid, 'cmdline');
  if (text === undefined || text === '') return undefined;
  return text.replace(/\0$/, '').split('\0');
}

/** The program file that a process runs; undefined when it is gone or cannot be seen. */
export function readExecutable(pid: number): string | undefined {
  if (!hasProc) return runPs(['-o', 'comm=', '-p', String(pid)]).trim() || undefined;
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined; // gone, another user's, or a kernel thread
  }
}

/** The folder that a process runs in, without links; undefined when it is gone or cannot be seen. */
export function readWorkingFolder(pid: number): string | undefined {
  if (!hasProc) return undefined;
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // gone, or another user's
  }
}

/** Every live process that this user can see. */
export function listEntries(): ProcessEntry[] {
  if (!hasProc) return parsePs(undefined, runPs(['-ax', '-o', psColumns]));
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readEntry(Number(name)) ?? []);
}

/** The PIDs of {@link listEntries}. */
export function listProcesses(): number[] {
  return listEntries().map((entry) => entry.pid);
}

/** The processes among `all` that descend from `root`, itself not included. */
export function descendantsOf(root: number, all: readonly ProcessEntry[]): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  const seen = new Set([root]);
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const entry of all) {
      if (entry.parent !== parent || seen.has(entry.pid)) continue;
      seen.add(entry.pid);
      found.push(entry);
      parents.push(entry.pid);
    }
  }
  return found;
}

/**
 * Reads `/proc/PID/stat`. The second field is the program's name in parentheses and may itself hold spaces and
 * parentheses, so fields are counted from the last one.
 */
export function parseStat(text: string, boot: string): ProcessEntry | undefined {
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(close + 2).split(' ');
  const [state, parent, group] = fields;
  const ticks = fields[19]; // field 22 of the file, in clock ticks since boot
  if (close < 0 || !Number.isSafeInteger(pid) || ticks === undefined || !/^\d+$/.test(ticks)) return undefined;
  if (state === 'Z' || state === 'X' || state === 'x') return undefined;
  return { pid, parent: Number(parent), group: Number(group), startTime: `${boot}:${ticks}` };
}

const psColumns = 'pid=,ppid=,pgid=,stat=,lstart=';

/** Reads the lines of `ps -o pid=,ppid=,pgid=,stat=,lstart=`; with a PID, only its own line. */
export function parsePs(pid: number | undefined, text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    if (!match || match[4]!.startsWith('Z') || (pid !== undefined && Number(match[1]) !== pid)) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), group: Number(match[3]), startTime: match[5]! }];
  });
}

let knownBoot: string | undefined;

function bootId(): string {
  knownBoot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return knownBoot;
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined; // it ended between two looks, or is not ours to read
  }
}

function runPs(args: string[]): string {
  try {
    // The C locale keeps the start time's text the same for every caller.
    return execFileSync('ps', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } });
  } catch {
    return ''; // ps answers with a failure when no such process exists
  }
}
