import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bindToRoot } from '../../../evidence/bound-to-root';
import { formatTrustRoot } from '../../../evidence/trust-root';
import type { TrustRoot } from '../../../posture/proof';
import { signBytes } from '../../../protocol/ed25519';
import { bytesOf } from '../../../protocol/messages';
import { LiveStack } from '../../helpers/live-stack';
import { nextTrust, type Trust } from '../../helpers/trust';

// A gateway as a real process that is handed trust roots: the story of one, told in order.
let stack: LiveStack;
let second: ReturnType<typeof nextTrust>;
beforeAll(async () => {
  stack = await LiveStack.start();
  second = nextTrust(stack.trust, ['guardian', 'approver']);
});
afterAll(() => stack.stop());

async function hand(...trustRoots: unknown[]) {
  const response = await fetch(`${stack.gateway.url}/trust-root`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ trustRoots }),
  });
  return { status: response.status, body: (await response.json()) as { code?: string; trustRoot?: object } };
}
const version = async () => ((await stack.get('/health')).body.trustRoot as { version: number }).version;

/** A permit by a guardian that goes by a trust root, with its key or another's. */
async function permitBy(trust: Trust, root: TrustRoot = trust.root) {
  const { permit } = stack.makePermit(await stack.challenge());
  const [{ privateKey }] = trust.signers.guardian as [Trust['signers']['guardian'][0]];
  return stack.put({ permit, signature: signBytes(privateKey, bindToRoot(root, bytesOf('permit', permit))) });
}

it('keeps the trust root and the permit that it has over anything that is not chained to it', async () => {
  expect((await permitBy(stack.trust)).status).toBe(200);
  const third = nextTrust(second.trust, ['measure']);
  const refused: [string, string][] = [
    ['threshold', nextTrust(stack.trust, ['approver'], { by: second.trust.signers.approver }).envelope],
    ['threshold', formatTrustRoot(second.trust.root, [])],
    ['trust_root_not_next', third.envelope],
    ['trust_root_not_next', nextTrust(stack.trust, [], { change: (root) => ({ ...root, stack: 'other' }) }).envelope],
    [
      'trust_root_not_next',
      nextTrust(stack.trust, ['measure'], { change: (root) => ({ ...root, version: 1 }) }).envelope,
    ],
    ['malformed', '{'],
  ];
  for (const [code, envelope] of refused) expect(await hand(envelope)).toMatchObject({ status: 422, body: { code } });
  expect((await hand(7, null)).status).toBe(200);
  expect(await version()).toBe(1);
  expect((await stack.permitState()).state).toBe('held');
});

it('takes up the next one: the permit ends, the old key and the old trust root are believed no more', async () => {
  expect(await hand(second.envelope)).toMatchObject({ status: 200, body: { trustRoot: { version: 2 } } });
  expect((await stack.permitState()).state).toBe('expired');
  expect((await permitBy(stack.trust)).body).toMatchObject({ code: 'permit_signature' });
  // The new key of a guardian that was set back to the trust root before.
  expect((await permitBy(second.trust, stack.trust.root)).body).toMatchObject({ code: 'permit_signature' });
  expect((await permitBy(second.trust)).status).toBe(200);
});

it('handed again what it has, it changes nothing; an older one is never put back', async () => {
  const pinned = readFileSync(path.join(stack.dataDir, 'trust-root.json'), 'utf8');
  expect((await hand(pinned, second.envelope)).status).toBe(200);
  expect((await stack.permitState()).state).toBe('held');
  const other = nextTrust(stack.trust, ['measure']).envelope;
  expect(await hand(other)).toMatchObject({ status: 422, body: { code: 'trust_root_not_next' } });
  expect(await version()).toBe(2);
});

it('goes by it after a crash', async () => {
  await stack.restartGateway();
  expect(await version()).toBe(2);
  expect((await permitBy(stack.trust)).body).toMatchObject({ code: 'permit_signature' });
  expect((await permitBy(second.trust)).status).toBe(200);
});

it('with one on its disk that is not chained, nothing live is possible, by name; paper and a halt go on', async () => {
  const file = path.join(stack.dataDir, 'trust-roots', '3.json');
  const forged = nextTrust(second.trust, ['guardian'], { by: stack.trust.signers.approver }).envelope;
  writeFileSync(file, forged);
  await stack.restartGateway();
  const { permit } = (await stack.get('/health')).body as { permit: { state: string; reason: string } };
  expect(permit).toMatchObject({ state: 'none', reason: expect.stringMatching(/^threshold: .*3\.json/) });
  expect((await stack.get('/challenge')).body).toMatchObject({ code: 'live_unavailable' });
  const halted = await fetch(`${stack.gateway.url}/halt`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'test', by: 'test' }),
  });
  expect(halted.status).toBe(200);
  expect(readFileSync(file, 'utf8')).toBe(forged);
});
