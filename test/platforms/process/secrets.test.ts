import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretFile } from '../../../platforms/process/home';
import { ensureSecret } from '../../../platforms/process/secrets';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'cutover-secrets-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const place = () => ({ home, stack: 'main' });
const make = (name = 'venue-key') => readFileSync(ensureSecret(place(), name), 'utf8').trim();

describe('ensureSecret', () => {
  it('makes 256 random bits once, another for each name and stack', () => {
    const secret = make();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(make()).toBe(secret);
    expect(make('operator-token')).not.toBe(secret);
    expect(readFileSync(ensureSecret({ home, stack: 'night' }, 'venue-key'), 'utf8').trim()).not.toBe(secret);
  });

  it('lets only its owner read file and folder, and leaves nothing else there', () => {
    make();
    const file = secretFile(place(), 'venue-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(path.dirname(file))).toEqual(['venue-key']);
  });

  it('closes a file that somebody has opened to others, and keeps the secret', () => {
    const secret = make();
    chmodSync(secretFile(place(), 'venue-key'), 0o644);
    expect(make()).toBe(secret);
    expect(statSync(secretFile(place(), 'venue-key')).mode & 0o777).toBe(0o600);
  });
});
