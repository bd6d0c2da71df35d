import { payloadType } from '../../evidence/statement';
import { trustRootType } from '../../evidence/trust-root';
import { entryType } from '../../ledger/entry';
import { exportType } from '../../ledger/export';
import { readLoosely, writeEnvelope } from './envelope';
import type { Mutator } from './mutator';

const types = [payloadType, trustRootType, entryType, exportType];

/** An honest envelope under another payload type: another one of ours, a likeness of its own, or none. */
export const relabelType: Mutator = {
  name: 'relabel-type',
  mutate({ random, document }) {
    const envelope = readLoosely(document);
    if (!envelope) return undefined;
    const own = String(envelope.payloadType);
    const others = types.filter((type) => type !== own);
    const likeness = [`${own} `, own.toUpperCase(), own.slice(0, -1), '', `${own}\u0000`, own.replace('+', '%2B')];
    return writeEnvelope({ ...envelope, payloadType: random.pick([...others, ...likeness, null, [own], 1]) });
  },
};
