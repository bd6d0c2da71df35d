import { readPrivateKey } from '../../evidence/keys';
import { type Claim, signEvidence } from '../../evidence/sign';
import { storeEvidence } from '../../evidence/store';
import { readLedger } from '../../ledger/ledger-file';
import { readPinnedRoot } from '../../ledger/root-in-force';
import type { StackPlace } from '../../platforms/platform';
import type { Digest } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import type { EvidenceKind } from '../../posture/proof';
import { stackFiles } from '../../scripts/shared/stack-files';
import { claimOf, passing } from './claims';
import type { Trust } from './trust';

/** Whose keys sign, on which ledger, into which folder. */
export interface ProofPlace {
  readonly trust: { readonly root: Trust['root']; readonly signers: Pick<Trust['signers'], 'measure' | 'approver'> };
  readonly ledger: string;
  readonly evidence: string;
}

/**
 * Signs every proof of a posture that nothing was granted before, as the verbs of a stack would have made them.
 * @param passphrase of the approver's key
 */
export function storeFirstProofs(stack: StackPlace, posture: Posture, passphrase: string): void {
  const files = stackFiles(stack);
  const signers = {
    measure: [readPrivateKey(files.measureKey)],
    approver: [readPrivateKey(files.approverKey, passphrase)],
  };
  // A ledger is read from the pinned root on, also once there are later ones.
  const trust = { root: readPinnedRoot(files), signers };
  const place = { trust, ledger: files.guardian.ledger, evidence: files.evidence };
  storeProofs(place, null, posture, ['preflight', 'snapshot', 'canary', 'drill']);
}

/** Signs evidence of these kinds for the way from `from` to `to`, made now, and the approval of it. */
export function storeProofs(
  place: ProofPlace,
  from: Posture | null,
  to: Posture,
  kinds: readonly EvidenceKind[],
): void {
  const head = readLedger(place.ledger, place.trust.root).head.head;
  const evidence = kinds.map((kind) => store(place, kind, expectedMeasured(kind, from, to)!, to));
  const approved = {
    transition: digestTransition(from, to),
    ledgerHead: head,
    evidence,
    expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
  };
  store(place, 'approval', digestPosture(from ?? to), to, approved);
}

function store({ trust, evidence }: ProofPlace, kind: EvidenceKind, measured: Digest, to: Posture, measurements = {}) {
  const { predicate } = claimOf(kind, { measuredAt: new Date().toISOString() });
  const claim = {
    kind,
    measured,
    target: digestPosture(to),
    predicate: { ...predicate, measurements: kind === 'approval' ? measurements : passing[kind] },
  };
  const signed = signEvidence(
    claim as Claim<EvidenceKind>,
    kind === 'approval' ? trust.signers.approver : trust.signers.measure,
  );
  storeEvidence(evidence, signed);
  return signed.digest;
}
