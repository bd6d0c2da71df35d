import type { Signer } from '../../../evidence/keys';
import { formatTrustRoot } from '../../../evidence/trust-root';
import { digestOf } from '../../../posture/digest';
import type { Posture } from '../../../posture/posture';
import { signerNamed } from '../../../simulate/keys';
import { paperPosture } from '../../helpers/posture';
import { makeTrust, type Trust } from '../../helpers/trust';
import { nameOf, type Point } from '../model/point';
import { capOfLimit } from '../model/rules';
import { beginning, type Venue } from '../model/state';

/** What all histories on a venue's account share: its keys, trust roots and postures. Made once. */
export interface World {
  readonly trust: Trust;
  /** The trust root's file. */
  readonly root: string;
  /** That of another account, and one that names this ledger but was made with an attacker's keys. */
  readonly otherRoot: string;
  readonly forgedRoot: string;
  /** The ledger of another account. */
  readonly otherLedger: Trust['genesis'];
  /** A key that no trust root knows. */
  readonly outsider: Signer;
  readonly postureOf: (point: Point) => Posture;
}

const worlds = new Map<Venue, World>();

export function worldOf(venue: Venue): World {
  const world = worlds.get(venue) ?? makeWorld(venue);
  worlds.set(venue, world);
  return world;
}

function makeWorld(venue: Venue): World {
  const caps = riskOf(capOfLimit);
  const make = (whose: string, account: string) =>
    makeTrust({ venue, account, caps, now: beginning, signer: (name) => signerNamed(`${whose} ${name}`) });
  const [trust, other, attacker] = [
    make(venue, `${venue}-1`),
    make('other', 'other-1'),
    make('attacker', `${venue}-1`),
  ];
  const forged = { ...attacker.root, genesis: trust.root.genesis };
  return {
    trust,
    root: formatTrustRoot(trust.root, trust.signers.approver),
    otherRoot: formatTrustRoot(other.root, other.signers.approver),
    forgedRoot: formatTrustRoot(forged, attacker.signers.approver),
    otherLedger: other.genesis,
    outsider: signerNamed('outsider'),
    postureOf: remember((point) => makePosture(point, venue)),
  };
}

const riskOf = (limit: number): Posture['risk'] => ({ ...paperPosture.risk, maxOrderUsd: 50 * (limit + 1) });

function makePosture(point: Point, venue: Venue): Posture {
  const named = (what: string, which: number) =>
    which === 0 ? paperPosture.model.digest : digestOf(`${what} ${which}`);
  return {
    ...paperPosture,
    tradingMode: point.live ? 'live' : 'paper',
    account: { venue, id: `${venue}-1` },
    agents: Array.from({ length: point.agents }, (_, index) => ({
      ...paperPosture.agents[0]!,
      name: `agent_${index}`,
    })),
    risk: riskOf(point.limit),
    confidenceThreshold: 0.7 - point.threshold / 20,
    model: { version: `${point.model}`, digest: named('model', point.model) },
    workloads: {
      ...paperPosture.workloads,
      backend: named('backend', point.backend),
      gateway: named('gateway', point.gateway),
    },
    settings: { ...paperPosture.settings, backend: named('settings', point.settings) },
  };
}

/** The same point is the same object, so that its digest is made once. */
function remember(make: (point: Point) => Posture): (point: Point) => Posture {
  const known = new Map<string, Posture>();
  return (point) => {
    const name = nameOf(point);
    const found = known.get(name) ?? make(point);
    known.set(name, found);
    return found;
  };
}
