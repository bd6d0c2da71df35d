import { signers } from '../../simulate/keys';
import { readLoosely, writeEnvelope } from './envelope';
import { bytesOf, type Mutator } from './mutator';

const keyIds = Object.values(signers).map(({ keyId }) => keyId);

/** An honest envelope with no signature, one of zeros, of other lengths, the same many times, or under other ids. */
export const spoilSignatures: Mutator = {
  name: 'spoil-signatures',
  mutate({ random, document }) {
    const envelope = readLoosely(document);
    if (!envelope?.signatures) return undefined;
    const keyid = random.pick(keyIds);
    const of = (bytes: Uint8Array) => [{ keyid, sig: Buffer.from(bytes).toString('base64') }];
    const honest = Buffer.from(String(envelope.signatures[0]?.sig), 'base64');
    const signatures = random.pick([
      () => [],
      () => of(Buffer.alloc(64)),
      () => of(Buffer.alloc(random.whole(0, 130))),
      () => of(bytesOf(64, random)),
      () => of(honest.subarray(0, random.whole(0, 63))),
      () => of(Buffer.concat([honest, bytesOf(random.whole(1, 64), random)])),
      // The same point written with another scalar: S and S + L are one number to who does not look.
      () => of(addOrder(honest)),
      () => Array.from({ length: random.whole(2, 20) }, () => ({ keyid, sig: bytesOf(64, random).toString('base64') })),
      () => [{ keyid }],
      () => [{ sig: null, keyid }],
    ])();
    return writeEnvelope({ ...envelope, signatures });
  },
};

/** The order of Ed25519's group. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

function addOrder(signature: Buffer): Buffer {
  const scalar = Buffer.from(signature.subarray(32)).reverse().toString('hex');
  const sum = (BigInt(`0x0${scalar}`) + order).toString(16).padStart(64, '0').slice(-64);
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(sum, 'hex').reverse()]);
}
