import type { Signer } from '../../../evidence/keys';
import { type Claim, type SignedEvidence, signEvidence } from '../../../evidence/sign';
import type { Measurements } from '../../../evidence/statement';
import { type Digest, digestOf } from '../../../posture/digest';
import { digestTransition } from '../../../posture/judge-approval';
import { digestDrillPart } from '../../../posture/judge-evidence';
import { digestPosture } from '../../../posture/posture';
import type { EvidenceKind } from '../../../posture/proof';
import { claimOf, passing } from '../../helpers/claims';
import type { Proof } from '../model/proof';
import type { World } from './world';

/** What an approver saw when signing. */
export interface Seen {
  readonly head: Digest;
  /** The digest of a proof by its id. */
  readonly digestOf: (id: number) => Digest;
}

/** Signs what the model says was measured, as the verbs do. */
export function signProof(proof: Proof, world: World, seen: Seen): SignedEvidence {
  const { kind, ownStack, ownAccount, measuredAt, feed, timeScale, passed } = proof;
  const { postureOf, trust } = world;
  const subject = postureOf(proof.subject);
  const { predicate } = claimOf(kind, {
    stack: ownStack ? trust.root.stack : 'another',
    account: ownAccount ? trust.root.account : { ...trust.root.account, id: 'another-1' },
    measuredAt: new Date(measuredAt).toISOString(),
    feed,
    timeScale,
    passed,
    // No two measurements have the same data.
    rawData: digestOf(proof.id),
  });
  const claim = {
    kind,
    measured: kind === 'drill' ? digestDrillPart(subject) : digestPosture(subject),
    target: digestPosture(postureOf(proof.target)),
    predicate: { ...predicate, measurements: measurementsOf(proof, world, seen) },
  };
  return signEvidence(claim as Claim<EvidenceKind>, signersOf(proof, world));
}

function signersOf({ signer, coSigned }: Proof, { trust, outsider }: World): Signer[] {
  const first = signer === 'outsider' ? outsider : trust.signers[signer][0]!;
  return coSigned ? [first, ...trust.signers.approver] : [first];
}

function measurementsOf(proof: Proof, { postureOf }: World, seen: Seen): Measurements<EvidenceKind> {
  const { kind, margin, trainedOn, sampledSeconds, closes, approves } = proof;
  switch (kind) {
    case 'canary':
      return { ...passing.canary, margin, ...(trainedOn ? { trainedUntil: passing.canary.dataUntil } : {}) };
    case 'watch':
    case 'soak': {
      const realizedCloses = { ...passing.soak.realizedCloses, count: closes, minimum: 0 };
      return { ...passing[kind], sampledSeconds, realizedCloses };
    }
    case 'approval':
      return {
        transition: digestTransition(approves!.from && postureOf(approves!.from), postureOf(proof.target)),
        ledgerHead: seen.head,
        evidence: approves!.evidence.map((id) => seen.digestOf(id)),
        expiresAt: new Date(approves!.expiresAt).toISOString(),
      };
    default:
      return passing[kind];
  }
}
