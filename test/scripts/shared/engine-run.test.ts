import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EngineEvent } from '@pulumi/pulumi/automation';
import { describe, expect, it } from 'vitest';
import { mayBeThePacks } from '../../../scripts/shared/apply';
import { readOutcome } from '../../../scripts/shared/engine-run';

/** Events that engine 3.250.0 wrote, shortened to those that say something. */
function recorded(name: string): EngineEvent[] {
  const file = path.resolve(__dirname, '../../fixtures/engine-events', `${name}.jsonl`);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as EngineEvent);
}

const hangUp = 'error: closing transport due to: connection error: desc = "error reading from server: EOF"\n';

describe('readOutcome', () => {
  it('tells what was started, and nothing of the stack and the provider themselves', () => {
    const { changes, ...rest } = readOutcome(0, '', recorded('create'));
    expect(rest).toEqual({ exitCode: 0, begun: true, violations: [], errors: [] });
    expect(changes.map(({ name, operation }) => `${operation} ${name}`).sort()).toEqual([
      'create backend',
      'create gateway',
      'create guardian',
      'create model-service',
      'create orchestrator',
      'create posture',
      'create simulated-venue',
    ]);
    expect(changes[0]).toEqual({ name: 'posture', type: 'cutover:index:Posture', operation: 'create' });
  });

  it('tells what differs alone, not what was looked at', () => {
    const { changes } = readOutcome(0, '', recorded('repair'));
    expect(changes.map(({ name, operation }) => `${operation} ${name}`).sort()).toEqual([
      'update gateway',
      'update orchestrator',
      'update posture',
    ]);
  });

  it('tells why a policy refused, and that nothing was changed', () => {
    expect(readOutcome(1, '', recorded('refused'))).toMatchObject({
      exitCode: 1,
      changes: [],
      errors: [],
      violations: [
        {
          policy: 'refuse-live-posture',
          pack: 'live-promotion',
          level: 'mandatory',
          resource: 'posture',
          message: expect.stringMatching(/^tradingMode paper -> live is refused: no proof/),
        },
      ],
    });
  });

  it("tells the program's own words", () => {
    expect(readOutcome(1, 'x', recorded('invalid-config')).errors).toEqual([
      "the stack's config has one setting that cannot be used\n  - cutover:confidenceThreshold: expected a fraction from 0 to 1, received 7",
    ]);
  });

  it('falls back to what was printed, without colours', () => {
    expect(readOutcome(6, "error: no stack named 'other' found\n", []).errors).toEqual([
      "error: no stack named 'other' found",
    ]);
    const event = {
      diagnosticEvent: { message: '\u001b[90m<{%fg 1%}>gone<{%reset%}>\u001b[39m\n', severity: 'info#err' },
    };
    expect(readOutcome(1, '', [event as unknown as EngineEvent]).errors).toEqual(['gone']);
  });

  it('has no errors where there was none', () => {
    expect(readOutcome(0, 'warning: a newer version is available', [])).toMatchObject({ exitCode: 0, errors: [] });
  });
});

describe('mayBeThePacks', () => {
  it.each([
    ['pack-without-entry', 'We failed to locate the entry point for your program: /project/policies/live-promotion'],
    ['pack-throws', 'Error: broken pack'],
    ['policy-throws', 'verifier crashed'],
    ['policy-exits', 'failed to run policy: Connection dropped'],
  ])('knows %s, and what it said', (name, message) => {
    const outcome = readOutcome(1, hangUp, recorded(name));
    expect(mayBeThePacks(outcome)).toBe(true);
    expect(outcome.errors.slice(0, 3).join('\n')).toContain(message);
  });

  it('knows a pack that is not there', () => {
    const said = 'error: failed to load Pulumi policy project located at "/project/policies/live-promotion": open';
    expect(mayBeThePacks(readOutcome(1, said, []))).toBe(true);
  });

  it.each(['refused', 'invalid-config'])('takes nothing else for it: %s', (name) => {
    expect(mayBeThePacks(readOutcome(1, '', recorded(name)))).toBe(false);
  });

  it('takes no success for it', () => {
    expect(mayBeThePacks(readOutcome(0, '', []))).toBe(false);
  });
});
