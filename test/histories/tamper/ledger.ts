import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { formatEntry, signEntry } from '../../../ledger/entry';
import { readLedger } from '../../../ledger/ledger-file';
import { incidentOf } from '../../helpers/ledger';
import type { System } from '../system/system';
import { flipBit, type Pick, type Tamper } from './tamper';

/** Alters a ledger that could be read so that it cannot be. */
function altering(alter: (bytes: Buffer, pick: Pick, system: System) => Buffer): Tamper {
  return (state, system, pick) => {
    if (state.held === null) return;
    const { ledger } = system.files;
    writeFileSync(ledger, alter(wholeLines(readFileSync(ledger)), pick, system));
    state.held = null;
  };
}

/** Puts the ledger back to what it was after its first `kept` entries, with what is left of the next one. */
function shortening(keep: (lines: number, pick: Pick) => number, tear: (line: Buffer, pick: Pick) => Buffer): Tamper {
  return (state, system, pick) => {
    const lines = linesOf(system.acknowledged);
    const kept = keep(lines.length, pick);
    const rest = lines[kept] ? tear(lines[kept], pick) : Buffer.alloc(0);
    writeFileSync(system.files.ledger, Buffer.concat([...lines.slice(0, kept), rest]));
    state.held = kept;
    state.foreign = false;
  };
}

const wholeLines = (bytes: Buffer) => bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);

/** The lines with their newlines. */
function linesOf(bytes: Buffer): Buffer[] {
  const text = wholeLines(bytes).toString('latin1');
  return text.split(/(?<=\n)/).map((line) => Buffer.from(line, 'latin1'));
}

/** What may be done to the ledger's file. */
export const ledgerTampers = {
  // But for the newline at its end: what loses that was torn.
  flip: altering((bytes, pick) => flipBit(bytes, [0, bytes.length - 1], pick)),
  addLine: altering((bytes, { one }) => Buffer.concat([bytes, Buffer.from(one % 2 ? '\n' : '{"seq":1}\n')])),
  repeatLine: altering((bytes) => Buffer.concat([bytes, linesOf(bytes).at(-1)!])),
  dropFirst: altering((bytes) => Buffer.concat(linesOf(bytes).slice(1))),
  otherLedger: (state, { files, world }) => {
    writeFileSync(files.ledger, formatEntry(world.otherLedger));
    state.held = null;
    state.foreign = true;
  },
  /** An entry that follows in its place, by a key of a role whose word it is not. */
  forge: altering((bytes, { one }, { files, world }) => {
    const chain = readLedger(files.ledger, world.trust.root);
    const [measure, guardian] = [world.trust.signers.measure, world.trust.signers.guardian];
    const grant = chain.unendedGrant;
    const forged = grant
      ? signEntry({ kind: 'end', body: { grant: grant.hash, reason: 'forged' } }, chain.head, chain.newestTime, measure)
      : signEntry(incidentOf(chain.hashAt(0)), chain.head, chain.newestTime, one % 2 ? measure : guardian);
    return Buffer.concat([bytes, Buffer.from(formatEntry(forged))]);
  }),
  deleteLedger: (state, { files }) => {
    rmSync(files.ledger, { force: true });
    state.held = null;
    state.foreign = false;
  },
  /** An older copy: whole, and it verifies by itself. */
  older: shortening(
    (lines, { one }) => 1 + (one % lines),
    () => Buffer.alloc(0),
  ),
  tearLast: shortening(
    (lines) => Math.max(1, lines - 1),
    (line, { other }) => line.subarray(0, other % line.length),
  ),
  /** What a crash leaves of an entry that was never acknowledged. */
  tornTail: (state, { files }, { one }) => {
    if (state.held === null) return;
    const bytes = wholeLines(readFileSync(files.ledger));
    writeFileSync(files.ledger, Buffer.concat([bytes, Buffer.from('{"body":{"closes"'.slice(0, 1 + (one % 16)))]));
  },
} as const satisfies Record<string, Tamper>;
