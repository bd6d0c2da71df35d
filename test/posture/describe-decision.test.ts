import { describe, expect, it } from 'vitest';
import { describeChange, describeReason, describeRefusal } from '../../posture/describe-decision';
import { splitTransition } from '../../posture/transition';
import { paperPosture } from '../helpers/posture';

const live = { ...paperPosture, tradingMode: 'live' } as const;

describe('what a decision says to people', () => {
  it('names the mode before as paper, whether paper ran or nothing was granted', () => {
    for (const from of [null, paperPosture]) {
      expect(splitTransition(from, live).rises.map(describeChange)).toEqual(['tradingMode: paper -> live']);
    }
  });

  it('leaves every other value as it is', () => {
    expect(describeChange({ dimension: 'limit', what: 'risk.maxOrderUsd', from: null, to: 200 })).toBe(
      'risk.maxOrderUsd: null -> 200',
    );
  });

  it('names the worst reason on the first line, and what was never made on the last', () => {
    const text = describeRefusal({
      needs: ['preflight', 'approval'],
      reasons: [
        { code: 'missing', message: 'there is no preflight', proof: 'preflight' },
        { code: 'expired', message: 'the approval has expired', proof: 'approval', file: 'approval.json' },
        { code: 'halt_open', message: 'halted' },
      ],
    });
    expect(text.split('\n')).toEqual([
      'halted [halt_open]: see docs/faq.md#why-was-live-refused',
      '  - the approval has expired (approval.json) [expired]',
      '  - no proof of preflight, approval',
    ]);
  });

  it('names every kind at once where none was made', () => {
    const missing = (proof: 'preflight' | 'approval') => ({ code: 'missing', message: `there is no ${proof}`, proof });
    expect(
      describeRefusal({ needs: ['preflight', 'approval'], reasons: [missing('preflight'), missing('approval')] }),
    ).toBe('no proof of preflight, approval: see docs/faq.md#why-was-live-refused');
  });

  it('lets nobody paint the terminal of who reads it', () => {
    const file = 'canary-\u001b[2J\u202e.json';
    expect(describeReason({ code: 'malformed', message: 'not\nJSON\u0007', file })).toBe(
      'not JSON? (canary-?[2J?.json) [malformed]',
    );
  });
});
