import { describe, expect, it } from 'vitest';
import { isSecretUnder, secretForm } from '../../../policies/workload-safety/secret-shape';

const random = 'q8Zt3LxV0mRw7NcY5bKj';
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('under a name', () => {
  it.each([
    ['DB_PASSWORD', 'x'],
    ['dbPassword', 'changeme'],
    ['API_KEY', '123456'],
    ['api-key', 'abc'],
    ['clientSecret', 'hunter2'],
    ['AWS_SECRET_ACCESS_KEY', 'abc/def'],
    ['AUTH_TOKEN', 'abc'],
    ['PRIVATE_KEY', '0xabc'],
    ['MY_TOKEN', random],
    ['WEBHOOK_KEY', random],
    ['SECRET_FOR_LOGIN', random],
  ])('%s=%s is a secret', (name, value) => {
    expect(isSecretUnder(name, value)).toBe(true);
  });

  it.each([
    ['OPERATOR_TOKEN_FILE', '/home/somebody/.cutover/stacks/main/secrets/operator-token'],
    ['VENUE_KEY_FILE', random],
    ['DB_PASSWORD', '/run/secrets/password'],
    ['DB_PASSWORD', '$(DB_PASSWORD)'],
    ['DB_PASSWORD', ''],
    ['SECRET_NAME', 'cutover-secrets'],
    ['PUBLIC_KEY', random],
    ['TOKEN_TTL', '3600'],
    ['MAX_TOKENS', '4096'],
    ['TOKEN', 'none'],
    ['KEY', 'BTCUSDT'],
    ['PARTITION_KEY', 'symbol-and-time'],
    ['MODEL_DIGEST', digest],
    ['SIGNING_KEY', digest],
    ['AUTH', 'required'],
    ['PASSWORD', 'required'],
    ['KEY_URL', 'https://example.com/keys'],
    ['CREATED_KEY', '2026-01-01T00:00:00Z'],
    ['SYMBOLS', random],
  ])('%s=%s is none', (name, value) => {
    expect(isSecretUnder(name, value)).toBe(false);
  });
});

describe('by its form', () => {
  it.each([
    [`a ${'-----BEGIN'} EC PRIVATE KEY----- b`, 'a private key'],
    [`AKIA${'A1'.repeat(8)}`, 'an AWS access key'],
    [`ghp_${'a1'.repeat(18)}`, 'a GitHub token'],
    [`eyJhbGciOiJI.eyJzdWIiOiIx.${random}`, 'a JSON web token'],
    ['postgres://me:hunter2@db/x', 'a password in an address'],
    [`Authorization: Bearer ${random}`, 'a bearer token'],
  ])('%s is %s', (text, form) => {
    expect(secretForm(text)).toBe(form);
  });

  it.each([
    'http://127.0.0.1:8000/health',
    'postgres://me@db/x',
    'postgres://me:$(PASSWORD)@db/x',
    `require('node:http').get('http://127.0.0.1:1/health', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`,
    digest,
    'registry.example.com:5000/cutover@sha256:1',
    '-----BEGIN PUBLIC KEY-----',
    'a basic understanding of authentication',
    Buffer.from('{"payload": "of an envelope"}').toString('base64'),
  ])('%s is none', (text) => {
    expect(secretForm(text)).toBeUndefined();
  });
});
