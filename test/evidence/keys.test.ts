import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSigner, publicKeyText, readPrivateKey, readPublicKey, writePrivateKey } from '../../evidence/keys';
import { fault, syncedBy, withFileSystem } from '../helpers/file-system';
import { countLeftOpen } from '../helpers/left-open';
import { withCode } from '../helpers/with-code';

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
    expect(() => readPrivateKey(file)).toThrow(withCode('passphrase_needed'));
    for (const wrong of ['wrong horse battery', '', `${passphrase} `]) {
      expect(() => readPrivateKey(file, wrong)).toThrow(withCode('passphrase_wrong'));
    }
  });

  test('that anybody could use is refused where an encrypted one is expected', () => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    expect(() => readPrivateKey(file, passphrase)).toThrow(withCode('key_not_encrypted'));
  });

  test('has a passphrase of eight characters at least', () => {
    const write = (text: string) => () => writePrivateKey(newFile(), generateSigner(), text);
    expect(write('1234567')).toThrow(withCode('passphrase_short'));
    expect(write('12345678')).not.toThrow();
  });

  test('is never overwritten', () => {
    const file = newFile();
    const first = generateSigner();
    writePrivateKey(file, first);
    expect(() => writePrivateKey(file, generateSigner())).toThrow(withCode('key_exists'));
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
    expect(() => readPrivateKey(newFile())).toThrow(withCode('key_missing'));
    const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const content of ['', 'garbage', rsa]) {
      const file = newFile();
      writeFileSync(file, content, { mode: 0o600 });
      expect(() => readPrivateKey(file)).toThrow(withCode('key_malformed'));
    }
    expect(() => readPrivateKey(folder)).toThrow(withCode('key_malformed'));
    const pipe = newFile();
    execaSync('mkfifo', ['-m', '600', pipe]);
    expect(() => readPrivateKey(pipe)).toThrow(withCode('key_malformed'));
  });
});

describe('a file of a private key', () => {
  test('of 64 KiB is read, a byte more is not', () => {
    const file = newFile();
    const signer = generateSigner();
    writePrivateKey(file, signer);
    truncateWithLines(file, 64 * 1024);
    expect(readPrivateKey(file).keyId).toBe(signer.keyId);
    truncateWithLines(file, 64 * 1024 + 1);
    expect(() => readPrivateKey(file)).toThrow(withCode('key_malformed'));
  });

  test.runIf(process.getuid?.() === 0)("that is somebody else's is refused by name", () => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    chownSync(file, 12_345, 12_345);
    expect(() => readPrivateKey(file)).toThrow('expected user 0 to own it, found user 12345');
    expect(() => readPrivateKey(file)).toThrow(withCode('key_permissions'));
  });

  test('that the file system keeps from its reader is refused by name', () => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    const refusing = (code: string) => {
      const openSync = () => {
        throw fault(code);
      };
      return () => withFileSystem({ openSync }, () => readPrivateKey(file));
    };
    expect(refusing('EACCES')).toThrow(
      expect.objectContaining({
        code: 'key_permissions',
        message: `${file} cannot be read by the user who runs this`,
        cause: expect.objectContaining({ code: 'EACCES' }),
      }),
    );
    expect(refusing('EIO')).toThrow(expect.objectContaining({ code: 'EIO' }));
  });

  test('that others could read tells what to do about it', () => {
    const file = newFile();
    writePrivateKey(file, generateSigner());
    chmodSync(file, 0o644);
    expect(() => readPrivateKey(file)).toThrow(
      expect.objectContaining({ details: [expect.stringContaining(`chmod 600 ${file}`)] }),
    );
  });

  test('whose place does not exist is told as the file system tells it', () => {
    const file = newFile();
    writeFileSync(file, '');
    expect(() => readPrivateKey(path.join(file, 'key'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => writePrivateKey(path.join(folder, 'none', 'key'), generateSigner())).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  test('says what is underneath an error', () => {
    const file = newFile();
    writePrivateKey(file, generateSigner(), passphrase);
    const cause = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as Error).cause;
      }
      return 'nothing was thrown';
    };
    expect(cause(() => readPrivateKey(file, 'another'))).toBeInstanceOf(Error);
    expect(cause(() => readPrivateKey(newFile()))).toBeInstanceOf(Error);
    expect(cause(() => writePrivateKey(file, generateSigner()))).toBeInstanceOf(Error);
    expect(cause(() => readPublicKey(''))).toBeInstanceOf(Error);
    const garbage = newFile();
    writeFileSync(garbage, 'garbage', { mode: 0o600 });
    expect(cause(() => readPrivateKey(garbage))).toBeInstanceOf(Error);
  });

  test('is told apart by what is wrong with it', () => {
    const [garbage, curve] = [newFile(), newFile()];
    writeFileSync(garbage, 'garbage', { mode: 0o600 });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(curve, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    expect(() => readPrivateKey(garbage)).toThrow(/expected an Ed25519 private key \(PKCS #8, PEM\)$/);
    expect(() => readPrivateKey(curve)).toThrow(/found ec$/);
    expect(() => readPrivateKey(folder)).toThrow(/expected a private key \(PKCS #8, PEM\)$/);
  });

  test('is on the disk when it is there', () => {
    const file = newFile();
    expect(syncedBy(() => writePrivateKey(file, generateSigner()))).toEqual([file]);
  });

  test('is closed again, whatever came of it', () => {
    const [good, bad] = [newFile(), newFile()];
    writePrivateKey(good, generateSigner());
    writeFileSync(bad, 'garbage', { mode: 0o644 });
    expect(
      countLeftOpen(() => {
        readPrivateKey(good);
        expect(() => readPrivateKey(bad)).toThrow();
        writePrivateKey(newFile(), generateSigner());
      }),
    ).toBe(0);
  });
});

/** Makes a file so long by empty lines at its end. */
function truncateWithLines(file: string, length: number): void {
  writeFileSync(file, readFileSync(file, 'utf8').trimEnd().padEnd(length, '\n'));
  expect(statSync(file).size).toBe(length);
}

describe('a public key', () => {
  test('has one text', () => {
    const text = publicKeyText(generateSigner());
    expect(publicKeyText(readPublicKey(text))).toBe(text);
    for (const other of [` ${text}`, text.replace(/=+$/, ''), `${text}AAAA`, '', 'garbage']) {
      expect(() => readPublicKey(other)).toThrow(withCode('key_malformed'));
    }
  });

  test('is Ed25519', () => {
    const { publicKey } = generateKeyPairSync('ed448');
    const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    expect(() => readPublicKey(text)).toThrow(withCode('key_malformed'));
    expect(createPublicKey(generateSigner().privateKey).asymmetricKeyType).toBe('ed25519');
  });
});
