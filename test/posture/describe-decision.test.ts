import { describe, expect, it } from 'vitest';
import { describeChange, describeNoReturn, describeReason, describeRefusal } from '../../posture/describe-decision';
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

  it('says on lines of their own why it is no return, and nothing twice', () => {
    const halted = { code: 'halt_open', message: 'halted' };
    const reasons = [halted, { code: 'ledger_foreign', message: 'another ledger' }];
    const againstReturn = [halted, { code: 'return_window_over', message: 'the time was over 3 s ago' }];
    expect(describeRefusal({ needs: [], reasons, againstReturn }).split('\n')).toEqual([
      expect.stringContaining('halted [halt_open]: see'),
      '  - another ledger [ledger_foreign]',
      '  - it is no return either: the time was over 3 s ago [return_window_over]',
    ]);
    expect(describeNoReturn({ againstReturn })).toHaveLength(2);
    expect(describeNoReturn({})).toEqual([]);
  });

  it('says something also where no reason is known', () => {
    expect(describeRefusal({ needs: ['canary'], reasons: [] })).toMatch(/^not on these grounds: see /);
  });

  it('lets nobody paint the terminal of who reads it', () => {
    const file = 'canary-\u001b[2J\u202e.json';
    expect(describeReason({ code: 'malformed', message: 'not \n JSON\u0007', file })).toBe(
      'not JSON? (canary-?[2J?.json) [malformed]',
    );
  });
});
