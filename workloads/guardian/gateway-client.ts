import { z } from 'zod';
import { digest } from '../../evidence/forms';
import type { Challenge, SignedClose, SignedPermit } from '../../protocol/messages';
import { ask } from './http';

const challengeForm = z.object({
  gatewayStart: z.string().min(1).max(200),
  nonce: z.string().min(1).max(200),
  ledger: z.object({ seq: z.int().min(0), head: digest }),
  token: z.int().min(0),
  halts: z.array(z.string().min(1).max(200)).max(1_000),
});

const healthForm = z.looseObject({ start: z.string().min(1).max(200) });

const haltsForm = z.object({
  halts: z.array(
    z.object({
      id: z.string(),
      haltedAt: z.iso.datetime().optional(),
      reason: z.string().optional(),
      by: z.string().optional(),
    }),
  ),
});

/** What was said with a halt, as far as the gateway knows. `haltedAt` is RFC 3339 UTC. */
export type HaltWords = z.output<typeof haltsForm>['halts'][number];

/** What became of a permit. `code` names the check that refused it, or that nothing answered. */
export type PermitAnswer = { readonly accepted: true } | { readonly accepted: false; readonly code: string };

/** The guardian's side of the gateway's HTTP. No method throws: a gateway that does not answer is an answer. */
export class GatewayClient {
  /** The start of the gateway that has heard of so many trust roots. */
  private told: { readonly start: string; readonly count: number } | undefined;

  /** @param address the gateway's address, where the platform says that the observed gateway listens there */
  constructor(private readonly address: () => Promise<string | undefined>) {}

  /** @param trustRoots those that followed the pinned one: a gateway that has not heard of them is told first */
  async challenge(trustRoots: readonly string[] = []): Promise<Challenge | undefined> {
    const challenge = await this.askChallenge();
    const count = trustRoots.length;
    const { start, count: known } = this.told ?? { count: 0 };
    if (!challenge || count === 0 || (start === challenge.gatewayStart && known === count)) return challenge;
    const answer = await this.send('/trust-root', 'PUT', { trustRoots });
    if (answer?.status === 200) this.told = { start: challenge.gatewayStart, count };
    // Whatever it had answered before is void with the trust root before.
    return this.askChallenge();
  }

  private async askChallenge(): Promise<Challenge | undefined> {
    const answer = await this.send('/challenge');
    const parsed = answer?.status === 200 ? challengeForm.safeParse(answer.body) : undefined;
    return parsed?.success ? parsed.data : undefined;
  }

  /** The name of this start of the gateway; null where it gives none. */
  async start(): Promise<string | null> {
    const parsed = healthForm.safeParse((await this.send('/health'))?.body);
    return parsed.success ? parsed.data.start : null;
  }

  async permit(signed: SignedPermit): Promise<PermitAnswer> {
    const answer = await this.send('/permit', 'PUT', signed);
    if (answer?.status === 200) return { accepted: true };
    const { code } = z.looseObject({ code: z.string() }).safeParse(answer?.body).data ?? {};
    return { accepted: false, code: code ?? (answer ? `status_${answer.status}` : 'gateway_unreachable') };
  }

  /** @returns whether the gateway has heard it */
  async revoke(): Promise<boolean> {
    return (await this.send('/revoke', 'POST', {}))?.status === 200;
  }

  /** @returns whether the halt is latched on the gateway's disk */
  async halt(id: string, reason: string): Promise<boolean> {
    return (await this.send('/halt', 'POST', { id, reason, by: 'guardian' }))?.status === 200;
  }

  /** What was said with a halt that the gateway has latched; undefined where it does not say. */
  async describeHalt(id: string): Promise<HaltWords | undefined> {
    const parsed = haltsForm.safeParse((await this.send('/halts'))?.body);
    return parsed.data?.halts.find((halt) => halt.id === id);
  }

  async close(signed: SignedClose): Promise<void> {
    await this.send('/close', 'POST', signed);
  }

  private async send(route: string, method = 'GET', body?: unknown) {
    const address = await this.address();
    return ask(address && `${address}${route}`, method, body);
  }
}
