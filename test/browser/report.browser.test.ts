import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { gatherReport } from '../../report/page/gather';
import { drawPage } from '../../report/page/page';
import { type HistoryOptions, makeHistory } from '../report/page/history';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
const { executable, missing } = inject('browser');
/** Where the screenshots of the last run are left, for whoever wants to look at them. */
const shots = process.env.CUTOVER_SCREENSHOTS;

const phone = { width: 360, height: 740 };
const desktop = { width: 1280, height: 900 };
const histories: Readonly<Record<string, HistoryOptions>> = {
  halted: {},
  'a month': { hours: 720, trips: 5_000, closed: true },
  hostile: { text: '</style><script>document.title="owned"</script><img src=x onerror=alert(1)> \u202eW漢' },
};

/** The themes and widths that are looked at by default, and all of them, where screenshots are wanted. */
const few = [
  ['halted', 'light', phone],
  ['a month', 'dark', desktop],
  ['hostile', 'dark', phone],
] as const;
const every = Object.keys(histories).flatMap((name) =>
  (['light', 'dark'] as const).flatMap((scheme) =>
    [phone, desktop].map((viewport) => [name, scheme, viewport] as const),
  ),
);

interface Chart {
  readonly title: string;
  readonly label: string | null;
  readonly rows: number;
  readonly points: readonly { readonly kind: string; readonly count: number }[];
}

const readCharts = `[...document.querySelectorAll('figure')].map((figure) => ({
  title: figure.querySelector('figcaption').textContent,
  label: figure.querySelector('svg[role=img]').getAttribute('aria-label'),
  rows: figure.querySelectorAll('details tbody tr').length,
  points: [...figure.querySelectorAll('svg[role=img] path[data-series]')].map((path) => {
    const kind = path.getAttribute('class').split(' ')[0];
    const starts = kind === 'bars' || kind === 'dots' ? /M/g : /[ML]/g;
    return { kind, count: path.getAttribute('d').match(starts)?.length ?? 0 };
  }),
}))`;

let folder: string;
let browser: Browser;

describe.skipIf(missing !== undefined)('the report page in Chromium', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'report-page-'));
    for (const [name, options] of Object.entries(histories)) {
      mkdirSync(path.join(folder, name));
      const { places, options: gather } = makeHistory(path.join(folder, name), options);
      writeFileSync(fileOf(name), drawPage(gatherReport(places, gather)));
    }
    // As root, and in most containers, Chromium has no sandbox of its own.
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const fileOf = (name: string) => path.join(folder, `${name}.html`);

  /** Opens a page from its file, hands it on, and requires that it neither complained nor asked for anything. */
  async function look(
    name: string,
    options: NonNullable<Parameters<Browser['newContext']>[0]>,
    work: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => asked.push(request.url()));
      const url = pathToFileURL(fileOf(name)).href;
      await page.goto(url);
      await work(page);
      expect(complaints).toEqual([]);
      expect(asked).toEqual([url]);
    } finally {
      await context.close();
    }
  }

  // What runs in the page is text here: the types of a page are not those of the rest of the project.
  const openAll = (page: Page) =>
    page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');

  test.each(shots ? every : few)(
    '%s, %s, %o: nothing for axe to find, and no sideways scrolling',
    async (name, colorScheme, viewport) => {
      // The page itself lets no script run; axe is one, and is let in past its policy here alone.
      await look(name, { viewport, colorScheme, bypassCSP: true }, async (page) => {
        if (shots)
          await page.screenshot({
            path: path.join(shots, `${name}-${colorScheme}-${viewport.width}.png`),
            fullPage: true,
          });
        await openAll(page);
        await page.evaluate(axe);
        const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
          'axe.run()',
        );
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      });
    },
  );

  test('behind every chart there is a table, with a row for each point that is drawn', async () => {
    await look('a month', { viewport: desktop }, async (page) => {
      const charts = await page.evaluate<Chart[]>(readCharts);
      expect(charts).toHaveLength(7);
      for (const { title, label, rows, points } of charts) {
        expect(label).toBeTruthy();
        expect(rows).toBeGreaterThan(2);
        // The timeline has its stands in three lanes, a band two points for each row.
        const counts = title.startsWith('In all')
          ? [points.reduce((sum, { count }) => sum + count, 0)]
          : points.map(({ kind, count }) => (kind === 'band' ? count / 2 : count));
        for (const count of counts) expect([title, count]).toEqual([title, rows]);
      }
    });
  });

  test('is used by keyboard: the skip link first, then links, tables and what folds', async () => {
    await look('halted', { viewport: phone }, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the report');
      const summary = page.locator('summary').first();
      await summary.focus();
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.querySelector("details").open')).toBe(true);
    });
  });

  test('colours follow the theme, and paper is white in both', async () => {
    const background = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const seen: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await look('halted', { viewport: desktop, colorScheme }, async (page) => {
        seen.push(await background(page));
        await page.emulateMedia({ media: 'print', colorScheme });
        expect(await background(page)).toBe('rgb(255, 255, 255)');
        if (shots) await page.pdf({ path: path.join(shots, `${colorScheme}.pdf`) });
      });
    }
    expect(new Set(seen).size).toBe(2);
  });

  test('words from outside are text, and would not run if they were not', async () => {
    await look('hostile', { viewport: desktop }, async (page) => {
      expect(await page.title()).toBe('Stack main: report');
      expect(await page.$$eval('script, img, main style', (all) => all.length)).toBe(0);
      expect(await page.textContent('body')).toContain('<script>document.title="owned"</script>');
    });
    const open = readFileSync(fileOf('hostile'), 'utf8').replace(
      '<main',
      '<script>document.title="owned"</script><main',
    );
    writeFileSync(path.join(folder, 'opened.html'), open);
    const page = await browser.newPage();
    await page.goto(pathToFileURL(path.join(folder, 'opened.html')).href);
    expect(await page.title()).toBe('Stack main: report');
    await page.close();
  });
});
