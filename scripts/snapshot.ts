import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { createOperations } from '../platforms/operations';
import { postureFile } from '../platforms/process/home';
import { digestBytes, digestFile } from '../posture/digest';
import { proofResult } from './shared/prove';
import { runningDigest } from './shared/running-posture';
import { readMeasureKey, signProof } from './shared/sign-proof';
import { stackFiles } from './shared/stack-files';
import { fetchAllData, listDatabases } from './shared/subject';
import { type JudgedTarget, judgeTarget, readLiveTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';

/** Copies what a stack holds, and signs what the copies are. */
export const snapshot: Verb = {
  name: 'snapshot',
  description: 'Copy databases, posture, config and ledger; sign their digests and row counts. Changes nothing.',
  examples: [['cutover snapshot', 'keep the state from before a change, and prove that it was kept']],
  async run(context) {
    const made = await proveSnapshot(context, await judgeTarget(context, readLiveTarget(context)));
    const lines = made.files.map(({ name, bytes, rows }) => {
      const counts = rows
        ? `, ${Object.entries(rows)
            .map(([table, count]) => `${table} ${count}`)
            .join(', ')}`
        : '';
      return `  ${name}: ${bytes} bytes${counts}`;
    });
    return proofResult(context.stack, made.proof, { folder: made.folder, files: made.files }, lines);
  },
};

interface Copied {
  readonly name: string;
  readonly digest: `sha256:${string}`;
  readonly bytes: number;
  readonly rows?: Record<string, number>;
}

/**
 * Makes the snapshot of a target. What cannot be copied whole makes it none: a part of a state is no way back to it.
 * @throws CutoverError `snapshot_failed` (exit code 4) naming the file, `data_unreachable`; EvidenceError when the measure key cannot be used
 */
export async function proveSnapshot(context: VerbContext, judged: JudgedTarget) {
  const signer = readMeasureKey(context);
  const now = Date.now();
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const folder = path.join(context.home, 'snapshots', context.stack, time);
  mkdirSync(folder, { recursive: true });
  context.progress(`snapshot: copying to ${folder}`);
  const files = await copyAll(context, folder).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const index = path.join(folder, 'index.json');
  writeFileSync(index, `${JSON.stringify({ stack: context.stack, posture: runningDigest(judged), files }, null, 2)}\n`);
  const proof = signProof(
    context,
    {
      kind: 'snapshot',
      passed: true,
      measurements: { files },
      measured: runningDigest(judged),
      target: judged,
      timeScale: 1,
      rawData: digestBytes(readFileSync(index)),
    },
    signer,
    now,
  );
  return { proof, folder, files };
}

async function copyAll(context: VerbContext, folder: string): Promise<Copied[]> {
  const files: Copied[] = [];
  const copy = async (name: string, work: () => Copied | Promise<Copied>) => {
    try {
      files.push(await work());
    } catch (error) {
      throw new CutoverError('snapshot_failed', `${name} cannot be copied: ${messageOf(error)}`, {
        exitCode: exitCodes.checkFailed,
      });
    }
  };
  const operations = createOperations(context);
  await fetchAllData(operations);
  for (const { name, file } of listDatabases(operations)) {
    await copy(name, () => copyDatabase(folder, name, file));
  }
  const others = [
    ['config.yaml', context.configFile],
    ['posture.json', postureFile(context)],
    ['ledger.jsonl', stackFiles(context).guardian.ledger],
  ] as const;
  for (const [name, file] of others) {
    await copy(name, () => {
      cpSync(file, path.join(folder, name));
      return describe(folder, name);
    });
  }
  return files;
}

/** A copy that is whole although the database is written to meanwhile, with the rows of each of its tables. */
async function copyDatabase(folder: string, name: string, file: string): Promise<Copied> {
  const copy = path.join(folder, name);
  mkdirSync(path.dirname(copy), { recursive: true });
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    await backup(database, copy);
  } finally {
    database.close();
  }
  // Counted first: it makes the copy one file, and that is what the digest is of.
  const rows = countRows(copy);
  return { ...describe(folder, name), rows };
}

function countRows(file: string): Record<string, number> {
  const database = new DatabaseSync(file);
  try {
    // What is copied page by page may be broken all the same.
    const found = database.prepare('PRAGMA integrity_check(1)').get()!.integrity_check;
    if (found !== 'ok') throw new Error(String(found));
    // The copy is to be one file, whatever mode its original was written in.
    database.exec('PRAGMA journal_mode = DELETE');
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
      .all() as { name: string }[];
    const count = (table: string) =>
      Number(database.prepare(`SELECT count(*) AS count FROM "${table.replaceAll('"', '""')}"`).get()!.count);
    return Object.fromEntries(tables.map(({ name }) => [name, count(name)]));
  } finally {
    database.close();
  }
}

const describe = (folder: string, name: string): Copied => ({
  name,
  digest: digestFile(path.join(folder, name)),
  bytes: statSync(path.join(folder, name)).size,
});
