import { readLoosely, writeEnvelope } from './envelope';
import type { Mutator } from './mutator';

/** Payload, type and signatures, each of one of two honest envelopes. */
export const mixEnvelopes: Mutator = {
  name: 'mix-envelopes',
  mutate({ random, document, all }) {
    const [one, other] = [readLoosely(document), readLoosely(random.pick(all))];
    if (!one || !other) return undefined;
    const { payloadType } = random.pick([one, other]);
    const { payload } = random.pick([one, other]);
    const { signatures } = random.pick([
      one,
      other,
      { signatures: [...(one.signatures ?? []), ...(other.signatures ?? [])] },
    ]);
    return writeEnvelope({ payloadType, payload, ...(signatures && { signatures }) });
  },
};
