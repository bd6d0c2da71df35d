import { describe, expect, it } from 'vitest';
import { meaningOf, reasonCodes, severities, worstFirst } from '../../../posture/explain/reason-codes';

describe('the codes of reasons', () => {
  it('each say something of their own', () => {
    const said = reasonCodes.map((code) => meaningOf(code).meaning);
    expect(new Set(said).size).toBe(said.length);
    for (const one of said) expect(one).toMatch(/^[A-Z].{15,}\.$/);
  });

  it('are listed severity by severity, from the worst to the least', () => {
    const order = Object.keys(severities);
    const found = reasonCodes.map((code) => order.indexOf(meaningOf(code).severity));
    expect(found).toEqual([...found].sort((one, other) => one - other));
    expect(new Set(found).size).toBe(order.length);
  });
});

describe('worstFirst', () => {
  const inOrder = (...codes: string[]) => worstFirst(codes.map((code) => ({ code }))).map(({ code }) => code);

  it('puts halts and ledger first, then forged and foreign, failed, stale, missing', () => {
    expect(
      inOrder(
        'missing',
        'expired',
        'over_cap',
        'failed',
        'other_stack',
        'bad_signature',
        'ledger_unreadable',
        'halt_open',
      ),
    ).toEqual([
      'halt_open',
      'ledger_unreadable',
      'bad_signature',
      'other_stack',
      'over_cap',
      'failed',
      'expired',
      'missing',
    ]);
  });

  it('puts a code that it does not know before all others, rather than after', () => {
    expect(inOrder('missing', 'halt_open', 'of_tomorrow')).toEqual(['of_tomorrow', 'halt_open', 'missing']);
    expect(meaningOf('of_tomorrow').severity).toBe('blocked');
    expect(meaningOf('constructor').severity).toBe('blocked');
  });

  it('leaves equals as they came, and its argument as it was', () => {
    const given = [
      { code: 'missing', at: 1 },
      { code: 'expired', at: 2 },
      { code: 'missing', at: 3 },
    ];
    expect(worstFirst(given).map(({ at }) => at)).toEqual([2, 1, 3]);
    expect(given.map(({ at }) => at)).toEqual([1, 2, 3]);
  });
});
