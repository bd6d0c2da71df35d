import { signPayload } from '../../evidence/dsse';
import { signerNamed, signers } from '../../simulate/keys';
import { readLoosely, writeEnvelope } from './envelope';
import type { Mutator } from './mutator';

const stranger = signerNamed('stranger');

/** What an honest envelope says, signed by a key that nobody knows, under the id of one that is known. */
export const signAsStranger: Mutator = {
  name: 'sign-as-stranger',
  mutate({ random, document }) {
    const envelope = readLoosely(document);
    if (!envelope) return undefined;
    const payload = Buffer.from(String(envelope.payload), 'base64');
    const signed = signPayload({ payloadType: String(envelope.payloadType), payload }, [stranger]);
    const keyid = random.pick([stranger.keyId, signers.measure.keyId, signers.approver.keyId, undefined]);
    const signatures = signed.map(({ sig }) => ({ sig: Buffer.from(sig).toString('base64'), ...(keyid && { keyid }) }));
    return writeEnvelope({ ...envelope, signatures });
  },
};
