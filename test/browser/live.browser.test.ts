import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { haltStack } from '../../scripts/halt';
import { type LiveServer, serveLive } from '../../scripts/live/server';
import { StackWatch } from '../../scripts/live/stack-watch';
import { fakeOperations } from '../helpers/fake-operations';
import { LiveStack } from '../helpers/live-stack';
import { pageScript } from '../helpers/page-script';
import { type PlayedStack, playStack } from '../helpers/played-stack';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
const { executable, missing } = inject('browser');
const shots = process.env.CUTOVER_SCREENSHOTS;

const phone = { width: 360, height: 740 };
const desktop = { width: 1280, height: 900 };
/** The themes and widths that are looked at by default, and all of them, where screenshots are wanted. */
const few = [
  ['light', phone],
  ['dark', desktop],
] as const;
const every = [...few, ['light', desktop], ['dark', phone]] as const;
const hostile = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)> \u202eW漢';

let browser: Browser;
let script: string;
const ending: (() => unknown)[] = [];

describe.skipIf(missing !== undefined)('the live page in Chromium', () => {
  beforeAll(async () => {
    script = await pageScript();
    // As root, and in most containers, Chromium has no sandbox of its own.
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
  });
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
  });
  afterAll(() => browser?.close());

  /** Serves a stack's page until the test ends. @param port the same as before, for a server that comes back */
  async function serve(
    operations: ConstructorParameters<typeof StackWatch>[1],
    halt: (reason: string) => ReturnType<typeof haltStack>,
    port = 0,
  ): Promise<LiveServer> {
    const watch = new StackWatch({ name: 'main', version: '0.1.0' }, operations);
    const server = await serveLive({ port, script, view: () => watch.view(), halt });
    watch.start();
    ending.push(server.close, () => watch.stop());
    return server;
  }

  async function play(text = ''): Promise<{ stack: PlayedStack; server: LiveServer; restart(): Promise<LiveServer> }> {
    const stack = await playStack(text);
    ending.push(stack.close);
    const folder = mkdtempSync(path.join(tmpdir(), 'live-page-'));
    ending.push(() => rmSync(folder, { recursive: true, force: true }));
    const halt = (reason: string) => haltStack('main', fakeOperations(folder, stack.operations), reason);
    const server = await serve(stack.operations, halt);
    return { stack, server, restart: () => serve(stack.operations, halt, Number(new URL(server.url).port)) };
  }

  /** Opens a page, and collects what it complains of and asks others for. */
  async function open(server: LiveServer, options: NonNullable<Parameters<Browser['newContext']>[0]> = {}) {
    const context = await browser.newContext({ viewport: desktop, ...options });
    ending.push(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) complaints.push(request.url());
    });
    await page.goto(server.url);
    return { page, complaints };
  }

  const connection = (page: Page) => page.locator('#connection');
  const verdict = (page: Page) => page.locator('.verdict');
  /** Waits until an element's text has it. */
  const says = (where: ReturnType<typeof connection>, text: string | RegExp) =>
    where.filter({ hasText: text }).waitFor({ timeout: 20_000 });
  const isLive = (page: Page) => says(connection(page), /^Live/);

  async function check(page: Page, name: string, width: number): Promise<void> {
    if (shots) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: path.join(shots, `live-${name}.png`), fullPage: true });
    }
    // axe is brought in past the page's policy, by the browser itself.
    await page.evaluate(axe);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
      'axe.run()',
    );
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  }

  test.for(shots ? every : few)(
    'is clean to axe in %s at %o: live, with the question open, and halted',
    async ([colorScheme, viewport]) => {
      const { stack, server } = await play();
      const { page, complaints } = await open(server, { colorScheme, viewport, reducedMotion: 'reduce' });
      await isLive(page);
      await says(verdict(page), 'LIVE');
      const name = `${colorScheme}-${viewport.width}`;
      await check(page, `${name}-live`, viewport.width);
      await page.click('#halt');
      await check(page, `${name}-question`, viewport.width);
      await page.keyboard.press('Escape');
      stack.halt({ reason: 'feed gap', by: 'guardian' });
      await says(verdict(page), 'HALTED');
      await check(page, `${name}-halted`, viewport.width);
      expect(complaints).toEqual([]);
    },
  );

  test('shows what the stack says, follows a halt, and announces nothing but that', async () => {
    const { stack, server } = await play();
    const { page, complaints } = await open(server);
    await isLive(page);
    await says(page.locator('[data-part=orders]'), 'permit_required');
    for (const shown of ['simulated / sim-1', 'granted', '100 123.45 USD', '1.23 %', 'live_trader', '54321.50', '4711'])
      await says(page.locator('main'), shown);

    // Every change inside of a live region is one that a screen reader says: the countdown goes on meanwhile.
    await page.evaluate(`{ window.said = []; window.counted = 0;
      new MutationObserver((all) => { for (const { target } of all) {
        const element = target.nodeType === 1 ? target : target.parentElement;
        if (element.closest('[data-until]')) window.counted += 1;
        if (element.closest('[role=status],[aria-live=polite]')) window.said.push(element.textContent);
      } }).observe(document.body, { childList: true, characterData: true, subtree: true }); }`);
    await expect.poll(() => page.evaluate('window.counted'), { timeout: 20_000 }).toBeGreaterThan(1);
    // A machine that is busy may keep a workload from answering in time, and that is said.
    const said = () => page.evaluate<string[]>('window.said');
    expect(
      (await said()).filter(
        (text) => !/^LIVE: the gateway holds a permit; (nothing|\d things?) (is|are) wrong\.$/.test(text),
      ),
    ).toEqual([]);
    expect(await page.getAttribute('.countdown', 'aria-live')).toBe('off');

    stack.halt({ reason: 'feed gap', by: 'guardian' });
    await says(verdict(page), 'HALTED');
    await says(page.locator('#halts'), 'halted by guardian: feed gap');
    expect(await page.locator('.countdown').count()).toBe(0);
    expect(await page.title()).toMatch(/^HALTED/);
    expect((await said()).at(-1)).toMatch(/^HALTED/);
    expect(complaints).toEqual([]);
  });

  test('says since when the stack does not answer, and follows it again when it does', async () => {
    const { stack, server } = await play();
    const { page } = await open(server);
    await says(verdict(page), 'LIVE');
    stack.silent = true;
    await says(verdict(page), 'The stack does not answer');
    await says(page.locator('[data-part=permit]'), 'not known; held, to trade at the last answer');
    await says(
      page.locator('[data-part=permit]'),
      /The gateway has not answered since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(\d+ s ago\)/,
    );
    expect(await page.locator('.countdown').count()).toBe(0);
    // The page itself is up to date.
    expect(await connection(page).textContent()).toMatch(/^Live/);
    stack.silent = false;
    await says(verdict(page), 'LIVE');
  });

  test('says since when its server does not answer, counts nothing down, and comes back by itself to another start', async () => {
    const { stack, server, restart } = await play();
    const { page } = await open(server);
    await says(verdict(page), 'LIVE');
    await server.close();
    await says(connection(page), /^OLD since \d\d:\d\d:\d\d UTC/);
    expect(await verdict(page).textContent()).toMatch(/^Not known any more\. At the last word: LIVE/);
    expect(await page.textContent('.countdown')).toBe('not known');
    expect(await page.title()).toMatch(/^OLD - /);
    await page.evaluate(axe);
    expect((await page.evaluate<{ violations: unknown[] }>('axe.run()')).violations).toEqual([]);
    stack.halt({ reason: 'meanwhile', by: 'guardian' });
    const first = await page.getAttribute('meta[name=cutover-token]', 'content');
    await restart();
    await isLive(page);
    await says(verdict(page), /^HALTED/);
    // It is the page of that start now, with its token.
    expect(await page.getAttribute('meta[name=cutover-token]', 'content')).not.toBe(first);
  });

  test('a halt that is asked for while the server is started anew goes through', async () => {
    const { stack, server, restart } = await play();
    const { page } = await open(server);
    await says(verdict(page), 'LIVE');
    await page.click('#halt');
    await server.close();
    await restart();
    await isLive(page);
    await page.click('#halt-now');
    await says(page.locator('#halt-result'), /^Halted in/);
    expect(stack.halts).toMatchObject([{ reason: 'no reason given' }]);
  });

  test('the button halts the real gateway, once it was asked for twice, by keyboard', async () => {
    const live = await LiveStack.start();
    ending.push(() => live.stop());
    expect((await live.grant()).status).toBe(200);
    const operations = fakeOperations(live.folder, {
      addressOf: async (workload) => (workload === 'gateway' ? live.gateway.url : undefined),
      dataOf: (workload) => (workload === 'gateway' ? live.dataDir : path.join(live.folder, workload)),
    });
    const server = await serve(operations, (reason) => haltStack('main', operations, reason));
    const { page, complaints } = await open(server);
    await says(verdict(page), 'LIVE');
    expect(await page.textContent('.countdown')).toMatch(/^(1[0-5]|\d) s$/);

    const button = page.locator('#halt');
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('reason');
    await page.keyboard.press('Escape');
    expect((await live.get('/health')).body.halt).toBe(null);

    await button.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('<b>spread</b> looks wrong');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('halt-now');
    await page.keyboard.press('Enter');
    await says(page.locator('#halt-result'), /^Halted in \d+\.\d s\. Live trading is barred/);
    await says(verdict(page), 'HALTED');
    await says(page.locator('#halts'), '<b>spread</b> looks wrong');
    expect(await page.evaluate('document.activeElement.id')).toBe('halt');
    const { body } = await live.get('/health');
    expect(body).toMatchObject({ halt: { reason: '<b>spread</b> looks wrong' }, permit: { state: 'expired' } });
    expect((body.halts as string[]).length).toBe(1);
    expect(operations.stopped).toEqual(['orchestrator']);
    expect(complaints).toEqual([]);
  });

  test('keeps what the reader holds: focus, folded tables, places of scrolling', async () => {
    const { stack, server } = await play();
    const { page } = await open(server);
    await isLive(page);
    await says(page.locator('[data-part=orders]'), 'permit_required');
    await page.locator('#orders summary').focus();
    await page.keyboard.press('Enter');
    await page.evaluate(`document.querySelector('#orders .scroll').scrollTop = 40`);
    stack.orders.push({ id: 31, status: 'refused', code: 'the_newest_of_all' });
    await says(page.locator('[data-part=orders]'), 'the_newest_of_all');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    expect(await page.evaluate('document.querySelector("#orders details").open')).toBe(true);
    expect(await page.evaluate(`document.querySelector('#orders .scroll').scrollTop`)).toBe(40);
  });

  test('words from outside are text, also those that come later', async () => {
    const { stack, server } = await play(hostile);
    const { page, complaints } = await open(server);
    await isLive(page);
    stack.halt({ reason: hostile, by: hostile });
    await says(page.locator('#halts'), '<img src=x onerror=alert(1)>');
    expect(await page.title()).not.toContain('owned');
    expect(await page.$$eval('img, main script, main style', (all) => all.length)).toBe(0);
    // And would not run if they were not.
    await page.evaluate(
      `document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x onerror="document.title=1">')`,
    );
    await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
    expect(await page.title()).not.toBe('1');
    expect(complaints.every((text) => /Content Security Policy/.test(text))).toBe(true);
    expect(complaints.length).toBeGreaterThan(0);
  });

  test('the oldest of too many pages is told that it is old, and another site cannot halt', async () => {
    const { stack, server } = await play();
    const { page: first } = await open(server);
    await isLive(first);
    for (let more = 0; more < 4; more += 1) await isLive((await open(server)).page);
    await says(connection(first), /^OLD since .* Another page has taken the place/);

    const other = await playStack();
    ending.push(other.close);
    const context = await browser.newContext();
    ending.push(() => context.close());
    const page = await context.newPage();
    await page.goto(`${await other.operations.addressOf('gateway')}/health`);
    const tries = [{ 'content-type': 'application/json', 'x-cutover-token': 'x' }, { 'content-type': 'text/plain' }];
    for (const headers of tries) {
      const outcome = await page.evaluate<string>(
        `fetch('${server.url}halt', { method: 'POST', body: '{}', headers: ${JSON.stringify(headers)} }).then(() => 'answered', () => 'kept away')`,
      );
      expect(outcome).toBe('kept away');
    }
    expect(stack.halts).toEqual([]);
  });
});
