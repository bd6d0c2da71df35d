import { describe, expect, it } from 'vitest';
import { describeChange, describeRefusal } from '../../posture/describe-decision';
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

  it('names the missing proofs on the first line, then whatever says more', () => {
    const text = describeRefusal({
      needs: ['preflight', 'approval'],
      reasons: [
        { code: 'missing', message: 'there is no preflight', proof: 'preflight' },
        { code: 'expired', message: 'the approval has expired', proof: 'approval', file: 'approval.json' },
        { code: 'halt_open', message: 'halted' },
      ],
    });
    expect(text.split('\n')).toEqual([
      'no proof of preflight, approval: see docs/faq.md#why-was-live-refused',
      '  - the approval has expired (approval.json) [expired]',
      '  - halted [halt_open]',
    ]);
  });
});
