import { describe, expect, it } from 'vitest';
import { type Applied, describeChanges, describeRefusal, engineFailed } from '../../../scripts/shared/apply';
import { paperPosture } from '../../helpers/posture';

const violation = (message: string) => ({
  policy: 'refuse-live-posture',
  pack: 'live-promotion',
  level: 'mandatory',
  resource: 'posture',
  message,
});

describe('describeRefusal', () => {
  it('names the stack, and each reason once with its policy', () => {
    const applied = {
      posture: paperPosture,
      violations: [violation('no proof'), violation('no proof'), violation('limits')],
    };
    expect(describeRefusal(applied as unknown as Applied).split('\n')).toEqual([
      'Refused: stack main may not change to this posture. Nothing was changed.',
      '  - no proof [refuse-live-posture]',
      '  - limits [refuse-live-posture]',
    ]);
  });
});

describe('describeChanges', () => {
  const change = (name: string, operation: string) => ({ name, type: 'any', operation });

  it('says what becomes of workloads, in the words of operators', () => {
    const changes = [
      change('posture', 'update'),
      change('gateway', 'create'),
      change('backend', 'update'),
      change('guardian', 'delete'),
      change('orchestrator', 'replace'),
      change('model-service', 'import'),
    ];
    expect(describeChanges(changes).split('\n')).toEqual([
      '  update posture',
      '  start gateway',
      '  restart backend',
      '  stop guardian',
      '  replace orchestrator',
      '  import model-service',
    ]);
  });

  it('says that there is none', () => expect(describeChanges([])).toBe('  no changes'));
});

describe('engineFailed', () => {
  it("passes the engine's own words on", () => {
    const outcome = { exitCode: 255, begun: true, changes: [], violations: [], errors: ['one', 'two'] };
    expect(engineFailed('up', outcome)).toMatchObject({ code: 'engine_failed', exitCode: 1, details: ['one', 'two'] });
  });
});
