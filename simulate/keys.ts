import type { Verifier } from '../protocol/messages';

// Signatures that cost nothing and that only the holder of a key's name makes: the simulation is about the protocol,
// ed25519 has tests of its own.

export function signAs(key: string, bytes: string): string {
  return `${key} signs ${bytes}`;
}

export const verifier: Verifier = {
  guardian: (bytes, signature) => signature === signAs('guardian', bytes),
  approver: (bytes, signature) => signature === signAs('approver', bytes),
  instance: (key, bytes, signature) => signature === signAs(key, bytes),
};
