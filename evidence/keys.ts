import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { Role } from '../posture/proof';
import { EvidenceError } from './errors';

/** A private key with the id by which a trust root knows its public half. */
export interface Signer {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

const minPassphraseLength = 8;

/** A new Ed25519 key. */
export function generateSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { keyId: keyIdOf(publicKey), privateKey };
}

/** A key's id: the SHA-256 over its public half (SPKI, DER), in hex. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** The file of one of several private keys of a role, such as `approver-0123456789abcdef.key`. */
export const nameOfKey = (role: Role, keyId: string) => `${role}-${keyId.slice(0, 16)}.key`;

/** A key's public half as a trust root writes it: SPKI in DER, in base64. */
export function publicKeyText(key: Signer | KeyObject): string {
  const publicKey = 'privateKey' in key ? createPublicKey(key.privateKey) : key;
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** Reads what `publicKeyText` wrote. @throws EvidenceError `key_malformed` */
export function readPublicKey(text: string): KeyObject {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' });
    // The comparison refuses every other writing of the same key, so that one key has one text.
    if (key.asymmetricKeyType === 'ed25519' && publicKeyText(key) === text) return key;
  } catch (cause) {
    throw new EvidenceError('key_malformed', 'expected an Ed25519 public key (SPKI, base64)', { cause });
  }
  throw new EvidenceError('key_malformed', 'expected an Ed25519 public key (SPKI, base64)');
}

/** Refuses a passphrase that is easily guessed. @throws EvidenceError `passphrase_short` */
export function requirePassphrase(passphrase: string): void {
  if (passphrase.length >= minPassphraseLength) return;
  throw new EvidenceError(
    'passphrase_short',
    `the passphrase: expected at least ${minPassphraseLength} characters, got ${passphrase.length}`,
  );
}

/**
 * Writes a private key to a new file that only its owner can read (PKCS #8, PEM), and syncs it.
 * @param passphrase encrypts it (AES-256-CBC): for the approver's key, which is kept offline
 * @throws EvidenceError `key_exists`: a key is never overwritten; `passphrase_short`
 */
export function writePrivateKey(file: string, signer: Signer, passphrase?: string): void {
  if (passphrase !== undefined) requirePassphrase(passphrase);
  const pem = signer.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  });
  let handle: number;
  try {
    handle = openSync(file, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new EvidenceError('key_exists', `${file} exists; a key is never overwritten`, { cause });
  }
  try {
    writeFileSync(handle, pem);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads a private key.
 * @param passphrase of a key that must be encrypted; absent for one that is not
 * @throws EvidenceError `key_missing`, `key_permissions`, `key_malformed`, `key_not_encrypted`, `passphrase_needed`,
 * `passphrase_wrong`
 */
export function readPrivateKey(file: string, passphrase?: string): Signer {
  return parsePrivateKey(readOwnersFile(file), file, passphrase);
}

/**
 * Reads a private key that is not in a file.
 * @param from what it came from, for the error, which never holds anything of the key
 * @param passphrase of a key that must be encrypted; absent for one that is not
 * @throws EvidenceError `key_malformed`, `key_not_encrypted`, `passphrase_needed`, `passphrase_wrong`
 */
export function parsePrivateKey(pem: string, from: string, passphrase?: string): Signer {
  const encrypted = pem.includes('ENCRYPTED');
  if (encrypted && passphrase === undefined) {
    throw new EvidenceError('passphrase_needed', `${from} is encrypted; its passphrase is needed`);
  }
  if (!encrypted && passphrase !== undefined) {
    throw new EvidenceError('key_not_encrypted', `${from}: expected an encrypted key, found one that anybody can use`);
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    if (encrypted) throw new EvidenceError('passphrase_wrong', `${from}: the passphrase does not open it`, { cause });
    throw new EvidenceError('key_malformed', `${from}: expected an Ed25519 private key (PKCS #8, PEM)`, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new EvidenceError(
      'key_malformed',
      `${from}: expected an Ed25519 private key, found ${privateKey.asymmetricKeyType}`,
    );
  }
  return { keyId: keyIdOf(createPublicKey(privateKey)), privateKey };
}

/** The file's text. It is judged after it was opened, so that it cannot be exchanged in between. */
function readOwnersFile(file: string): string {
  let handle: number;
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for its writer.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new EvidenceError('key_missing', `there is no key at ${file}`, { cause });
    if (code === 'EACCES') {
      throw new EvidenceError('key_permissions', `${file} cannot be read by the user who runs this`, { cause });
    }
    throw cause;
  }
  try {
    const { mode, uid, size } = fstatSync(handle);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > 64 * 1024) {
      throw new EvidenceError('key_malformed', `${file}: expected a private key (PKCS #8, PEM)`);
    }
    if ((mode & 0o077) !== 0) {
      const found = `0${(mode & 0o777).toString(8)}`;
      throw new EvidenceError('key_permissions', `${file}: expected permissions 0600, found ${found}`, {
        details: [`chmod 600 ${file}, and think of the key as known to whoever could read it`],
      });
    }
    const self = process.getuid?.();
    if (self !== undefined && uid !== self) {
      throw new EvidenceError('key_permissions', `${file}: expected user ${self} to own it, found user ${uid}`);
    }
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}
