import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { admit } from '../../../workloads/gateway/admit';

const halt = fc.option(fc.record({ haltedAt: fc.string(), reason: fc.string(), by: fc.string() }));
const permit = { state: 'none' } as const;

describe('admission', () => {
  test.prop([fc.anything(), halt])('accepts exactly the mode paper', (mode, halted) => {
    expect(admit(mode, halted, permit).accepted).toBe(mode === 'paper');
  });

  test.prop([halt, fc.anything()])('never accepts live, whatever is said of a permit', (halted, anything) => {
    expect(
      admit('live', halted, anything === null || typeof anything !== 'object' ? permit : (anything as never)),
    ).toMatchObject({
      accepted: false,
      status: 423,
      code: halted ? 'halted' : 'permit_required',
    });
  });

  test.prop([
    fc.constantFrom('LIVE', 'Live', 'live ', ' live', 'PAPER', 'paper ', 'lіve', '', null, undefined, ['paper']),
  ])('takes no look-alike for a mode', (mode) => {
    expect(admit(mode, null, permit)).toMatchObject({ accepted: false, status: 400 });
  });
});
