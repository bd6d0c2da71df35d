import { generateSigner, publicKeyText } from '../../evidence/keys';
import { isDigest } from '../../posture/digest';
import { signBytes } from '../../protocol/ed25519';
import { bytesOf, type Order, type SignedOrder } from '../../protocol/messages';
import type { GatewayHealth } from './gateway-answers';

/**
 * This start of the backend: a key that is made in memory and never leaves it. The guardian binds the public half to
 * the process that it observes, so that an order can only come from there.
 */
export class Instance {
  private readonly signer = generateSigner();
  /** RFC 3339, UTC. */
  private readonly start = new Date().toISOString();

  /** The public half: SPKI in base64, as a trust root writes a key. */
  view(): { key: string; start: string } {
    return { key: publicKeyText(this.signer), start: this.start };
  }

  /**
   * Signs a live order for the posture and the start of the gateway that it says of itself.
   * @param now wall time, milliseconds
   * @returns null when the gateway does not say: it refuses what is not signed
   */
  sign(order: Order, { posture, start }: GatewayHealth, now: number): SignedOrder | null {
    if (!posture || !isDigest(posture.digest) || start === undefined) return null;
    const request = { ...order, posture: posture.digest, gatewayStart: start, sentAt: now };
    return { order: request, signature: signBytes(this.signer.privateKey, bytesOf('order', request)) };
  }
}
