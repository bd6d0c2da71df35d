import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatEnvelope, parseEnvelope, signPayload } from '../../../evidence/dsse';
import { payloadType } from '../../../evidence/statement';
import { signerOf } from '../../../posture/proof';
import type { Held, State } from '../model/state';
import type { System } from '../system/system';
import { flipBit, type Pick, rangeBetween, type Tamper } from './tamper';

/** Alters a file whose bytes count; what comes back is what it holds then. */
function onFile(
  alter: (bytes: Buffer, pick: Pick, system: System, proof: number) => { content: Buffer; bytes: Held['bytes'] },
): Tamper {
  return (state, system, pick) => {
    const name = whole(state, pick.one);
    if (name === undefined) return;
    const file = path.join(system.place.evidence, name);
    const { proof } = state.files.get(name)!;
    const { content, bytes } = alter(readFileSync(file), pick, system, proof!);
    writeFileSync(file, content);
    state.files.set(name, { proof, bytes });
  };
}

/** One of the files whose bytes count; undefined where there is none. */
function whole({ files }: State, which: number): string | undefined {
  const names = [...files].filter(([, { bytes }]) => bytes === 'counting').map(([name]) => name);
  return names.sort()[which % names.length];
}

const breaking = (alter: (bytes: Buffer, pick: Pick) => Buffer) =>
  onFile((bytes, pick) => ({ content: alter(bytes, pick), bytes: 'rejected' }));

const partsOf = (bytes: Buffer) => ({
  payload: rangeBetween(bytes, '"payload": "', '"'),
  signature: rangeBetween(bytes, '"sig": "', '"'),
});

const envelopeOf = (bytes: Buffer) => parseEnvelope(bytes, payloadType);

/** What may be done to the evidence folder by whoever can write there. */
export const evidenceTampers = {
  flipPayload: breaking((bytes, pick) => flipBit(bytes, partsOf(bytes).payload, pick)),
  flipSignature: breaking((bytes, pick) => flipBit(bytes, partsOf(bytes).signature, pick)),
  // Without its last newline it is still whole.
  truncate: breaking((bytes, { other }) => bytes.subarray(0, other % (bytes.length - 2))),
  /** Signed again by somebody whose word it is not. */
  resign: onFile((before, { other }, { world, signed }, id) => {
    const { payload } = envelopeOf(before);
    const { kind } = [...signed.values()].find((proof) => proof.id === id)!;
    const strangers = [
      world.outsider,
      ...(['guardian', 'measure', 'approver'] as const)
        .filter((role) => role !== signerOf[kind])
        .map((role) => world.trust.signers[role][0]!),
    ];
    const stranger = strangers[other % strangers.length]!;
    const signatures = signPayload({ payloadType, payload }, [stranger]);
    const bytes = stranger === world.outsider ? 'strange' : 'rejected';
    return { content: Buffer.from(formatEnvelope({ payloadType, payload, signatures })), bytes };
  }),
  /** A stranger's signature beside the good one takes nothing away. */
  sign: onFile((bytes, _pick, { world }) => {
    const { payload, signatures } = envelopeOf(bytes);
    const more = signPayload({ payloadType, payload }, [world.outsider]);
    const all = [...more, ...signatures].slice(-8);
    return { content: Buffer.from(formatEnvelope({ payloadType, payload, signatures: all })), bytes: 'counting' };
  }),
  /** A signature's key id is a hint and nothing more. */
  spoofKeyId: onFile((bytes, _pick, { world }) => {
    const { payload, signatures } = envelopeOf(bytes);
    const spoofed = signatures.map(({ sig }) => ({ keyid: world.trust.signers.guardian[0]!.keyId, sig }));
    return { content: Buffer.from(formatEnvelope({ payloadType, payload, signatures: spoofed })), bytes: 'counting' };
  }),
  delete: (state, { place }, { one }) => {
    const name = whole(state, one);
    if (name === undefined) return;
    rmSync(path.join(place.evidence, name));
    state.files.delete(name);
  },
  /** The same bytes under another name are the same evidence, also where the name is another kind's. */
  copy: (state, { place }, { one, other }) => {
    const name = whole(state, one);
    if (name === undefined) return;
    const copy = `${['approval', 'canary', 'copy'][other % 3]}-20260302T080000Z-${state.files.size}.json`;
    writeFileSync(path.join(place.evidence, copy), readFileSync(path.join(place.evidence, name)));
    state.files.set(copy, state.files.get(name)!);
  },
  /** Two files with each other's content. */
  swap: (state, { place }, { one, other }) => {
    const pair = pairOf(state, one, other);
    if (!pair) return;
    const contents = pair.map((name) => readFileSync(path.join(place.evidence, name)));
    const held = pair.map((name) => state.files.get(name)!);
    pair.forEach((name, index) => {
      writeFileSync(path.join(place.evidence, name), contents[1 - index]!);
      state.files.set(name, held[1 - index]!);
    });
  },
  /** Two envelopes with each other's signatures. */
  swapSignatures: (state, { place }, { one, other }) => {
    const pair = pairOf(state, one, other);
    if (!pair) return;
    const files = pair.map((name) => path.join(place.evidence, name));
    const [first, second] = files.map((file) => envelopeOf(readFileSync(file))) as [Envelope, Envelope];
    const isSame = Buffer.compare(first.payload, second.payload) === 0;
    [first, second].forEach(({ payload }, index) => {
      const { signatures } = index === 0 ? second : first;
      writeFileSync(files[index]!, formatEnvelope({ payloadType, payload, signatures }));
      const name = pair[index]!;
      state.files.set(name, { ...state.files.get(name)!, bytes: isSame ? 'counting' : 'rejected' });
    });
  },
  /** Files that are no evidence. */
  litter: (state, { place }, { one, other }) => {
    const name = `${['approval', 'preflight', 'soak'][other % 3]}-litter-${one % 5}.json`;
    writeFileSync(path.join(place.evidence, name), litter[one % litter.length]!);
    state.files.set(name, { proof: null, bytes: 'rejected' });
  },
} as const satisfies Record<string, Tamper>;

type Envelope = ReturnType<typeof envelopeOf>;

const litter = [
  '',
  '{}',
  '['.repeat(10_000),
  Buffer.from([0xff, 0xfe, 0x00, 0x01]),
  '{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[],"payload":""}',
  Buffer.alloc(300 * 1024, 0x20),
];

function pairOf(state: State, one: number, other: number): [string, string] | undefined {
  const first = whole(state, one);
  const second = whole(state, other);
  return first !== undefined && second !== undefined && first !== second ? [first, second] : undefined;
}
