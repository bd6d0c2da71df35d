import type { TrustRoot } from '../posture/proof';
import { digestTrustRoot } from './trust-root';

/**
 * The bytes that the guardian signs for its gateway: with the trust root that it goes by. So a guardian that was set back
 * to an older trust root, with the same key, is not believed by a gateway that has seen a newer one. The first one needs
 * no mention, there is none before it.
 */
export function bindToRoot(root: TrustRoot, bytes: string): string {
  return root.version === 1 ? bytes : `${bytes}\n${digestTrustRoot(root)}`;
}
