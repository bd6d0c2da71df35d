import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../toolchain/lock';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-lock-'));
  file = path.join(folder, 'deep', 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('one task at a time, also after one that failed', async () => {
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    [1, 2, 3].map((number) =>
      withLock(file, { onWait: () => {} }, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (number === 1) throw new Error('failed');
        return number;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});

test('a wait can be given up', async () => {
  const abort = new AbortController();
  await withLock(file, { onWait: () => {} }, async () => {
    const waiting = withLock(file, { onWait: () => abort.abort(), signal: abort.signal }, async () => 'never');
    await expect(waiting).rejects.toThrow();
  });
});
