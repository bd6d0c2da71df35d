import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Entry } from '../../ledger/entry';
import { stackFiles } from '../../scripts/shared/stack-files';
import type { Ran, TestProject } from './project';
import { type ReportPage, type ReportTable, readReportPage, sumOf } from './report-page';

/** A report of a real stack: what the verb said, and the page that it wrote. */
export interface StackReport {
  readonly findings: readonly string[];
  readonly page: ReportPage;
}

/** Runs `cutover report`, and requires what holds of every page: small, in itself, and asking for nothing. */
export async function makeReport(project: Pick<TestProject, 'cutover'>): Promise<StackReport> {
  const ran: Ran = await project.cutover('report');
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  const { file, bytes, findings } = ran.json;
  const text = readFileSync(file, 'utf8');
  expect([Buffer.byteLength(text), bytes]).toEqual([bytes, Math.min(bytes, 2_000_000)]);
  const page = readReportPage(text);
  expect(page.foreign).toEqual([]);
  expect(text.match(/https?:\/\/(?!127\.0\.0\.1\b)\S*/g) ?? []).toEqual([]);
  expect(text).not.toMatch(/PRIVATE KEY|passphrase/i);
  return { findings: findings.map(({ text: words }: { text: string }) => words), page };
}

/**
 * Holds a report against what the stack has on record: each grant and halt of its ledger, the signals around the newest
 * halt, the fills before and after, and every evidence beside the config, verified anew.
 * @param reason of the newest halt, which an approver has closed
 */
export function expectWholeRecord(
  { page }: StackReport,
  project: Pick<TestProject, 'operations' | 'place'>,
  reason: string,
): void {
  const entries = readLedger(path.join(project.operations.dataOf('guardian'), 'ledger.jsonl'));
  const grants = entries.filter(({ kind }) => kind === 'grant');
  const halts = entries.filter(({ kind }) => kind === 'halt');

  const posture = page.section('posture');
  expect(posture.plots[0]!.marks).toEqual({ grant: grants.length, halt: halts.length });
  const stands = tableOf(posture.tables, 'Where the stack stood');
  expect(stands.rows.filter(([, , state]) => state === 'live')).toHaveLength(grants.length);
  const halted = stands.rows.filter(([, , state]) => state === 'halted');
  expect(halted.at(-1)![3]).toContain(reason);
  expect(stands.rows.at(-1)![2]).toBe('paper');
  expect(tableOf(posture.tables, 'Entries of the ledger').rows).toHaveLength(entries.length);
  expect(page.section('incidents').text).toMatch(new RegExp(`closed after .*${reason}`));

  // The newest halt is the first: there were orders before it, and what the guardian said of it is there.
  const signals = page.section('halts');
  expect(signals.plots).toHaveLength(halts.length);
  expect(signals.text).toContain(reason);
  const [newest] = signals.tables;
  expect(newest!.caption).toContain('Signals around the halt of');
  expect(sumOf(newest!, 'fills') + sumOf(newest!, 'refused orders')).toBeGreaterThan(0);
  expect(tableOf(signals.tables, 'What the guardian logged around').rows.length).toBeGreaterThan(0);
  expect(signals.text).not.toContain('Not shown');

  const around = tableOf(page.section('fills').tables, 'Fills before and after grants and halts');
  expect(around.rows).toHaveLength(2 * (grants.length + halts.length));
  const liveOf = (which: RegExp) => around.rows.filter(([when]) => which.test(when!)).map((row) => Number(row[3]));
  expect(Math.min(...liveOf(/^grant .*, after /))).toBeGreaterThan(0);
  expect(Math.min(...liveOf(/^halt .*, before /))).toBeGreaterThan(0);
  expect(liveOf(/^halt .*, after /)[0]).toBe(0);

  const { tables } = page.section('evidence');
  const evidence = tableOf(tables, 'Evidence');
  const names = readdirSync(stackFiles(project.place).evidence).filter((name) => name.endsWith('.json'));
  expect(evidence.rows.map(([name]) => name).sort()).toEqual(names.sort());
  expect(evidence.rows.filter(([, verified]) => !verified!.startsWith('Verified'))).toEqual([]);
  const counted = grants.flatMap(({ body }) => (body as { evidence: string[] }).evidence);
  expect(evidence.rows.filter(([, verified]) => verified!.includes('counted for a grant'))).toHaveLength(
    counted.length,
  );

  const canary = page.section('canary');
  for (const { points } of canary.plots) expect(points).toMatchObject({ mean: points['each trade'] });
  expect(Math.max(0, ...canary.plots.map(({ points }) => points.mean ?? 0))).toBeGreaterThan(2);
  for (const id of ['confidence', 'latency']) expect(page.section(id).plots, id).toHaveLength(1);
}

const readLedger = (file: string): Entry[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function tableOf(tables: readonly ReportTable[], caption: string): ReportTable {
  const found = tables.find((table) => table.caption.startsWith(caption));
  if (!found) throw new Error(`expected a table ${caption}, found ${tables.map((table) => table.caption).join('; ')}`);
  return found;
}
