import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSigner, publicKeyText, readPrivateKey, readPublicKey, writePrivateKey } from '../../evidence/keys';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const newFile = () => path.join(folder, `${count++}.pem`);
const passphrase = 'correct horse battery';

describe('a private key', () => {
  test('is read back by its owner, and its file is nobody else to read', () => {
    const signer = generateSigner();
    const file = newFile();
    writePrivateKey(file, signer);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readPrivateKey(file).keyId).toBe(signer.keyId);
  });

  test('is encrypted with a passphrase, and opens with that one only', () => {
    const signer = generateSigner();
    const file = newFile();
    writePrivateKey(file, signer, passphrase);
    expect(readPrivateKey(file, passphrase).keyId).toBe(signer.keyId);
    expect(() => readPrivateKey(file)).toThrow(expect.objectContaining({ code: 'passphrase_needed' }));
    for (const wrong of ['wrong horse battery', '', `${passphrase} `]) {
      expect(() => readPrivateKey(file, wrong)).toThrow(expect.objectContaining({ code: 'passphrase_wrong' }));
    }
  });

  test('that anybody could use is refused where an encrypted one is expected', () => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    expect(() => readPrivateKey(file, passphrase)).toThrow(expect.objectContaining({ code: 'key_not_encrypted' }));
  });

  test('has a passphrase of eight characters at least', () => {
    const write = (text: string) => () => writePrivateKey(newFile(), generateSigner(), text);
    expect(write('1234567')).toThrow(expect.objectContaining({ code: 'passphrase_short' }));
    expect(write('12345678')).not.toThrow();
  });

  test('is never overwritten', () => {
    const file = newFile();
    const first = generateSigner();
    writePrivateKey(file, first);
    expect(() => writePrivateKey(file, generateSigner())).toThrow(expect.objectContaining({ code: 'key_exists' }));
    expect(readPrivateKey(file).keyId).toBe(first.keyId);
  });

  test.each([0o640, 0o604, 0o620, 0o601, 0o777])('with permissions %o is refused by name', (mode) => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    chmodSync(file, mode);
    expect(() => readPrivateKey(file)).toThrow(
      expect.objectContaining({
        code: 'key_permissions',
        message: expect.stringContaining(`expected permissions 0600, found 0${mode.toString(8)}`),
      }),
    );
    chmodSync(file, 0o400);
    expect(() => readPrivateKey(file)).not.toThrow();
  });

  test('that is missing, none, of another kind, a folder or a pipe is refused by name', () => {
    expect(() => readPrivateKey(newFile())).toThrow(expect.objectContaining({ code: 'key_missing' }));
    const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const content of ['', 'garbage', rsa]) {
      const file = newFile();
      writeFileSync(file, content, { mode: 0o600 });
      expect(() => readPrivateKey(file)).toThrow(expect.objectContaining({ code: 'key_malformed' }));
    }
    expect(() => readPrivateKey(folder)).toThrow(expect.objectContaining({ code: 'key_malformed' }));
    const pipe = newFile();
    execaSync('mkfifo', ['-m', '600', pipe]);
    expect(() => readPrivateKey(pipe)).toThrow(expect.objectContaining({ code: 'key_malformed' }));
  });
});

describe('a public key', () => {
  test('has one text', () => {
    const text = publicKeyText(generateSigner());
    expect(publicKeyText(readPublicKey(text))).toBe(text);
    for (const other of [` ${text}`, text.replace(/=+$/, ''), `${text}AAAA`, '', 'garbage']) {
      expect(() => readPublicKey(other)).toThrow(expect.objectContaining({ code: 'key_malformed' }));
    }
  });

  test('is Ed25519', () => {
    const { publicKey } = generateKeyPairSync('ed448');
    const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(() => readPublicKey(text)).toThrow(expect.objectContaining({ code: 'key_malformed' }));
    expect(createPublicKey(generateSigner().privateKey).asymmetricKeyType).toBe('ed25519');
  });
});
