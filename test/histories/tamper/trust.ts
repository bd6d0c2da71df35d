import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { State } from '../model/state';
import { flipBit, rangeBetween, type Tamper } from './tamper';

function replacing(
  trust: State['trust'],
  content: (bytes: Buffer, pick: Parameters<Tamper>[2], world: Parameters<Tamper>[1]['world']) => string | Buffer,
): Tamper {
  return (state, { files, world }, pick) => {
    if (state.trust !== 'good') return;
    writeFileSync(files.trustRoot, content(readFileSync(files.trustRoot), pick, world));
    state.trust = trust;
  };
}

/** What may be done to the pinned trust root, and to the time of the last renewal. */
export const trustTampers = {
  flipRoot: replacing('unusable', (bytes, pick) => flipBit(bytes, rangeBetween(bytes, '"payload": "', '"'), pick)),
  truncateRoot: replacing('unusable', (bytes, { one }) => bytes.subarray(0, one % (bytes.length - 2))),
  deleteRoot: (state, { files }) => {
    rmSync(files.trustRoot, { force: true });
    state.trust = 'unusable';
  },
  otherRoot: replacing('other', (_bytes, _pick, { otherRoot }) => otherRoot),
  forgedRoot: replacing('forged', (_bytes, _pick, { forgedRoot }) => forgedRoot),
  tearRenewal: (state, { files }, { one }) => {
    writeFileSync(files.renewal, '{"renewedAt":17'.slice(0, one % 12));
    state.renewedAt = null;
  },
  /** From so far in the future that it says nothing else. */
  futureRenewal: (state, { files }, { one }) => {
    const renewedAt = state.now + (3601 + (one % 100_000)) * 1000;
    writeFileSync(files.renewal, JSON.stringify({ renewedAt }));
    state.renewedAt = renewedAt;
  },
} as const satisfies Record<string, Tamper>;
