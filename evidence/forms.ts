import { z } from 'zod';
import { type Digest, isDigest } from '../posture/digest';

// The simple values that documents of evidence and ledger share.

export const name = z.string().min(1).max(200);
export const note = z.string().max(2000);
export const digest = z.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  'expected sha256: and 64 hex digits',
);
/** RFC 3339, UTC. */
export const time = z.iso.datetime();
export const account = z.strictObject({ venue: name, id: name });
