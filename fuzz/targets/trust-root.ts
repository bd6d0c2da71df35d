import { formatTrustRoot, verifyNextTrustRoot } from '../../evidence/trust-root';
import { signers, trustRoot } from '../../simulate/keys';
import { isOneOf, type Target } from './target';

/** The trust root that follows the one in force. @param verify production's, or one with a planted fault */
export function trustRootTarget(verify = verifyNextTrustRoot): Target {
  const next = { ...trustRoot, version: trustRoot.version + 1 };
  const honest = [
    next,
    { ...next, canaryMargin: trustRoot.canaryMargin / 2 },
    { ...next, caps: { ...trustRoot.caps, maxOrderUsd: 1 } },
  ].map((root) => Buffer.from(formatTrustRoot(root, [signers.approver])));
  return {
    name: 'trust-root',
    honest,
    accepts: (bytes) => Boolean(verify(bytes, trustRoot)),
    isHonest: isOneOf(honest),
  };
}
