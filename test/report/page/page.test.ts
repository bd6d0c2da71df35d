import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherReport } from '../../../report/page/gather';
import { drawPage } from '../../../report/page/page';
import { findingsOf } from '../../../report/page/sections/findings';
import { readReportPage } from '../../helpers/report-page';
import { type History, type HistoryOptions, hour, makeHistory } from './history';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (options?: HistoryOptions) => makeHistory(folder, options);
function draw({ places, options }: History) {
  const data = gatherReport(places, options);
  return { data, page: drawPage(data), findings: findingsOf(data).map(({ severity, text }) => `${severity}: ${text}`) };
}
const found = <T>(one: { found: T } | { missing: string }): T => {
  if ('missing' in one) throw new Error(one.missing);
  return one.found;
};

describe('a whole record', () => {
  it('is shown as it is, an open halt first', () => {
    const { data, page, findings } = draw(make());
    expect(findings).toEqual(['bad: Halted since 2026-01-02 07:34:05 by guardian : error rate 7.1 %, at most 5 % ']);
    const { stands, halts, grants, happenings } = found(data.ledger);
    expect(stands.map(({ state, from, to }) => [state, (to - from) / hour])).toEqual([
      ['paper', 3],
      ['live', 1.5],
      ['halted', 1.5],
    ]);
    expect([halts.length, grants.length, happenings.length]).toEqual([1, 1, 3]);
    expect(data.evidence.filter(({ verified }) => verified)).toHaveLength(4);
    expect(found(data.orders)).toMatchObject({ total: 192, undated: 0, codes: [{ code: 'halted', count: 12 }] });
    expect(page).toContain('HALTED: 1 thing is wrong.');
    expect(page).toContain('open for 1 h 30 min');
  });

  it('judges the canary again: to the byte the trades that were signed for', () => {
    const { data, page } = draw(make());
    const curve = found(data.canaries[0]!.curve);
    const { trades, lower, upper, mean } = data.canaries[0]!.signed.predicate.measurements;
    expect(curve).toMatchObject({ same: true, trades });
    expect(curve.points.at(-1)).toMatchObject({ trade: trades, lower, upper, mean });
    expect(page).toContain('to the byte');
  });

  it('compares the hour before a grant and a halt with the hour after', () => {
    const { data } = draw(make());
    const [halt, grant] = data.around;
    expect(halt).toMatchObject({
      kind: 'halt',
      before: { refused: 3 },
      after: { refused: 9, live: { buys: 0, sells: 0 } },
    });
    expect(grant).toMatchObject({ kind: 'grant', after: { live: { buys: 21, sells: 20 } } });
    expect(data.halts[0]!.orders.refused.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(data.halts[0]!.log.errors.reduce((sum, count) => sum + count, 0)).toBe(14);
    expect(data.halts[0]!.log.lines.map(({ text }) => text)).toEqual(['live trading: halted: halting: error rate']);
  });

  it('counts each trade for the model that was loaded then', () => {
    const { data } = draw(make());
    const { histograms, older } = found(data.confidence);
    expect(histograms.map(({ version, total }) => [version, total])).toEqual([
      ['1.1.0', 60],
      ['1.0.0', 60],
    ]);
    expect(older).toBe(0);
    expect(found(data.latency)).toMatchObject({ orders: 120 });
    const slot = found(data.latency).slots[0]!;
    expect([slot.orders, slot.median, slot.p95, slot.max]).toEqual([1, 20, 20, 20]);
  });

  it('is closed when an approver has closed it', () => {
    const { data, page, findings } = draw(make({ closed: true }));
    expect(findings).toEqual([]);
    expect(found(data.ledger).stands.at(-1)).toMatchObject({ state: 'paper' });
    expect(page).toContain('In paper: nothing is wrong with its record.');
    expect(page).toContain('Cause: the feed had a gap');
  });
});

describe('words from outside', () => {
  it('are text, wherever they stand', () => {
    const attack = '</script></style></title><script>alert(1)</script><img src=x onerror=alert(1)>"\'\u202e漢';
    const { page } = draw(make({ text: attack, closed: true }));
    expect(page.match(/<(script|img|\/title|\/style)/g)).toEqual(['</title', '</style']);
    expect(page).not.toContain('\u202e');
    expect(page).toContain('[U+202E]漢');
    // Every way by which a word gets in: halt, cause, action, log, model.
    for (const before of ['at most 5 % ', 'the feed had a gap ', 'alarm on gaps ', 'halting: error rate', '1.0.0'])
      expect(page).toContain(`${before}&lt;/script&gt;`);
  });

  it.each([
    ['a halt', {}],
    ['hostile words', { text: '</p></svg><a href="https://example.com/">"\'&lt;' }],
  ])('leave a page that is well formed and asks for nothing: %s', (_, options: HistoryOptions) => {
    const { page } = draw(make(options));
    const read = readReportPage(page);
    expect(read.foreign).toEqual([]);
    expect(read.section('posture').plots[0]).toEqual({
      points: { paper: 1, live: 1, halted: 1 },
      marks: { grant: 1, halt: 1 },
    });
    expect(read.section('halts').text).toContain(`error rate 7.1 %, at most 5 % ${options.text ?? ''}`);
  });

  it('could do nothing if they were not', () => {
    const { page } = draw(make());
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!;
    expect(policy).toMatch(
      /^default-src &#39;none&#39;; style-src &#39;sha256-[^;]+&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;$/,
    );
    expect(page).not.toMatch(/ style=|<script|https?:/);
  });
});

describe('what is missing or forged', () => {
  it('is nothing at all before keys init', () => {
    const nowhere = path.join(folder, 'nowhere');
    const places = {
      stack: 'main',
      guardianData: nowhere,
      evidence: nowhere,
      gatewayDb: nowhere,
      traderDb: nowhere,
      logs: {},
      incidents: nowhere,
    };
    const { page, findings } = draw({
      places,
      options: { now: 1e12, version: '1', sellCostFraction: 0, unreached: ['afar'] },
    } as never);
    expect(findings).toHaveLength(5);
    expect(findings[1]).toMatch(/^warn: No ledger and no evidence counts/);
    expect(page).toContain('Without keys, in paper at the most');
    expect(page).toContain('afar');
  });

  it('ends the ledger where it is broken, and says so', () => {
    const history = make();
    const lines = readFileSync(history.ledgerFile, 'utf8').split('\n');
    writeFileSync(
      history.ledgerFile,
      `${[lines[0], lines[1], lines[2]!.replace('error rate 7.1', 'error rate 0.1')].join('\n')}\n`,
    );
    const { data, page, findings } = draw(history);
    expect(found(data.ledger).broken).toMatchObject({ line: 3, linesAfter: 1 });
    expect(found(data.ledger).stands.at(-1)!.state).toBe('live');
    expect(findings[0]).toContain('bad: The ledger is broken at line 3');
    expect(page).toContain('as far as the ledger can be trusted');
    expect(page).not.toContain('error rate 0.1');
  });

  it.each(['', 'no json\n', '{}\n'])('is no ledger: %j', (text) => {
    const history = make();
    writeFileSync(history.ledgerFile, text);
    expect(draw(history).findings[0]).toContain('bad: The ledger cannot be read');
    rmSync(history.ledgerFile);
    expect(draw(history).page).toContain('Nobody can tell where it stands');
  });

  it('is evidence that somebody else signed, first in its table', () => {
    const history = make();
    const { evidence } = history.places;
    const name = readdirSync(evidence).find((one) => one.startsWith('drill'))!;
    const file = path.join(evidence, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/("sig": ?")...../, '$1AAAAA'));
    writeFileSync(path.join(evidence, 'soak-<b>.json'), 'nothing');
    const { data, page, findings } = draw(history);
    expect(
      data.evidence
        .slice(0, 2)
        .map((row) => !row.verified && row.code)
        .sort(),
    ).toEqual(['bad_signature', 'malformed']);
    expect(findings).toContain('bad: 2 files of evidence cannot be verified');
    expect(page).toContain('soak-&lt;b&gt;.json');
  });

  it('are trades that are not those of the canary', () => {
    const history = make();
    const database = new DatabaseSync(history.places.gatewayDb);
    database.exec(`UPDATE orders SET price_usd = price_usd * 1.001 WHERE id = 2`);
    database.close();
    const { data, page, findings } = draw(history);
    expect(found(data.canaries[0]!.curve).same).toBe(false);
    expect(findings.some((text) => text.startsWith("bad: The trades of the gateway's record are not those"))).toBe(
      true,
    );
    expect(page).toContain('are NOT those');
  });

  it('are databases and logs that cannot be read', () => {
    const history = make();
    writeFileSync(history.places.gatewayDb, 'no database, but long enough to be taken for one by its size'.repeat(100));
    rmSync(history.places.traderDb);
    appendFileSync(
      history.places.logs.backend![0]!,
      '{"level":"ERROR"}\n{"level":"ERROR","time":"9999-01-01T00:00:00Z"}\nnull\n',
    );
    const logs = { ...history.places.logs, gateway: [folder] };
    const { data, page, findings } = draw({ ...history, places: { ...history.places, logs } });
    expect(findings.filter((text) => text.includes('.db'))).toHaveLength(2);
    expect(findings.some((text) => text.includes('a log of gateway cannot be read'))).toBe(true);
    expect(found(data.errors).workloads.find(({ workload }) => workload === 'backend')).toMatchObject({
      errors: 14,
      others: 3,
    });
    expect(page).toContain('gateway.db cannot be read');
    expect(page).toContain('there is no trader.db yet');
  });
});

it('stays under 2 MB for a month, and has as many rows as each chart has points', () => {
  const { data, page } = draw(make({ hours: 720, trips: 5_000, closed: true }));
  expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
  expect(found(data.orders).total).toBe(10_212);
  const rows = (caption: string) =>
    page
      .split(`<caption>${caption}`)[1]!
      .split('</table>')[0]!
      .match(/<tr><th scope="row"/g)!.length;
  const points = (series: string) => new RegExp(`data-series="${series}" d="([^"]*)"`).exec(page)![1]!;
  expect(points('paper fills').match(/M/g)).toHaveLength(rows('The gateway&#39;s record over time'));
  expect(points('steps with orders').match(/M/g)).toHaveLength(rows('Latency of orders'));
  expect(points('each trade').match(/M/g)).toHaveLength(rows('The canary, trade after trade'));
  expect(points('fills').match(/M/g)).toHaveLength(rows('Signals around the halt'));
});
