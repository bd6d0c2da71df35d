import { verify } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { parseEnvelope } from '../evidence/dsse';
import { signEvidence } from '../evidence/sign';
import { payloadType } from '../evidence/statement';
import { keysOf } from '../evidence/trust-root';
import { isEvidence, verifyEvidence } from '../evidence/verify';
import { claimOf, kinds } from '../test/helpers/claims';
import { makeTrust } from '../test/helpers/trust';
import { type BenchResult, compare } from './measure';

const perRun = 2_000;
/** At least 0.7 of the throughput of the signature's verification alone. */
const aim = 1 / 0.7;

/**
 * Verifying an evidence, from the file's bytes to what `decide` is given, against `crypto.verify` of its one signature
 * alone. Microseconds an evidence; the evidence is one of every measured kind, in turn.
 */
export async function benchVerify(_progress: (message: string) => void, count = 7): Promise<BenchResult[]> {
  const { root, signers } = makeTrust();
  const key = [...keysOf(root, 'measure').values()][0]!;
  const files = kinds
    .filter((kind) => kind !== 'approval')
    .map((kind) => {
      const bytes = Buffer.from(signEvidence(claimOf(kind), signers.measure).envelope);
      const { payload, signatures } = parseEnvelope(bytes, payloadType);
      return { bytes, signed: dsse.preAuthEncoding(payloadType, Buffer.from(payload)), sig: signatures[0]!.sig };
    });
  const each = async (judge: (file: (typeof files)[number]) => boolean) => {
    for (let index = 0; index < perRun; index += 1) {
      if (!judge(files[index % files.length]!)) throw new Error('an honest evidence was refused');
    }
  };
  const result = await compare(
    'verify',
    aim,
    count,
    () => each(({ bytes }) => isEvidence(verifyEvidence(bytes, 'bench', root))),
    () => each(({ signed, sig }) => verify(null, signed, key, sig)),
  );
  const inMicroseconds = (seconds: number) => (seconds * 1e6) / perRun;
  return [{ ...result, ours: inMicroseconds(result.ours), peer: inMicroseconds(result.peer), unit: 'us' }];
}
