import { expect, it } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import { renderJson } from '../../../posture/explain/explanation-json';
import { counted, gate, halted, judgedAt, known, minute, notCounting } from '../../helpers/known-explanation';

it('is the whole explanation: times as RFC 3339, durations in seconds, a text for each reason', () => {
  const verified = { kind: 'canary', digest: digestBytes('old'), measuredAt: judgedAt - minute, passed: true } as const;
  const old = { ...notCounting('old.json'), verified };
  const { measuredAt: _, expiresAt: __, ageMs: ___, leftMs: ____, ...ofCounted } = counted;
  const explanation = known({
    reasons: [halted],
    againstReturn: [{ ...halted, code: 'return_repeated' }],
    warnings: [{ ...halted, file: 'x.json' }],
    return: { grantedAt: judgedAt - minute, until: judgedAt + minute },
    gates: [gate({ reasons: [halted], others: [old] })],
    notNeeded: [notCounting('soak.json')],
    ledger: {
      readable: true,
      seq: 3,
      head: digestBytes('head'),
      standing: { posture: digestBytes('from'), grantedAt: judgedAt - 2 * minute },
      openHalts: 1,
    },
  });
  expect(renderJson(explanation)).toEqual({
    stack: 'main',
    verdict: 'allow',
    headline: expect.stringContaining('Allowed as a return'),
    from: explanation.from,
    to: explanation.to,
    judgedAt: '2026-06-01T12:00:00.000Z',
    holdsUntil: '2026-06-01T12:30:00.000Z',
    changes: explanation.changes,
    reasons: [{ ...halted, text: 'halted [halt_open]' }],
    return: { grantedAt: '2026-06-01T11:59:00.000Z', until: '2026-06-01T12:01:00.000Z' },
    againstReturn: [{ ...halted, code: 'return_repeated', text: 'halted [return_repeated]' }],
    warnings: [{ ...halted, file: 'x.json', text: 'halted (x.json) [halt_open]' }],
    gates: [
      {
        proof: 'canary',
        status: 'counts',
        askedBy: ['tradingMode'],
        counted: {
          ...ofCounted,
          measuredAt: '2026-06-01T11:55:00.000Z',
          expiresAt: '2026-06-01T12:30:00.000Z',
          ageSeconds: 300,
          secondsLeft: 1800,
        },
        reasons: [{ ...halted, text: 'halted [halt_open]' }],
        others: [{ ...old, verified: { ...verified, measuredAt: '2026-06-01T11:59:00.000Z' } }],
      },
    ],
    notNeeded: [{ ...notCounting('soak.json'), verified: null }],
    ledger: {
      readable: true,
      seq: 3,
      head: digestBytes('head'),
      standing: { posture: digestBytes('from'), grantedAt: '2026-06-01T11:58:00.000Z' },
      openHalts: 1,
    },
    trustRoot: { version: 2 },
  });
});

it('says null of what there is not', () => {
  const { counted: _, ...without } = gate();
  const unreadable = { readable: false, reason: 'torn' } as const;
  const json = renderJson(known({ holdsUntil: null, gates: [without], ledger: unreadable }));
  expect(json).toMatchObject({ holdsUntil: null, return: null, gates: [{ counted: null }], ledger: unreadable });
  const nothingStands = known().ledger;
  expect(renderJson(known()).ledger).toEqual(nothingStands);
});
