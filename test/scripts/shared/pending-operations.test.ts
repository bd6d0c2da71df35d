import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasPendingOperations } from '../../../scripts/shared/pending-operations';

const state = mkdtempSync(path.join(tmpdir(), 'cutover-state-'));
const session = { environment: { PULUMI_BACKEND_URL: `file://${state}` } };
const project = { stack: 'main' };

function writeState(text: string): void {
  const folder = path.join(state, '.pulumi', 'stacks', 'cutover');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'main.json'), text);
}

const stateWith = (latest: object) => JSON.stringify({ version: 3, checkpoint: { latest } });

afterAll(() => rmSync(state, { recursive: true, force: true }));

describe('pending operations', () => {
  it('are none where there is no state yet', () => {
    expect(hasPendingOperations(project, session)).toBe(false);
  });

  it('are found where a run was killed in the middle', () => {
    writeState(stateWith({ pending_operations: [{ type: 'creating', resource: {} }] }));
    expect(hasPendingOperations(project, session)).toBe(true);
  });

  it.each([stateWith({}), stateWith({ pending_operations: [] }), '{"version":3}', '{"checkpo', ''])(
    'are none in %s',
    (text) => {
      writeState(text);
      expect(hasPendingOperations(project, session)).toBe(false);
    },
  );

  it('are not looked for in a state elsewhere', () => {
    writeState(stateWith({ pending_operations: [{}] }));
    expect(hasPendingOperations(project, { environment: { PULUMI_BACKEND_URL: 's3://bucket' } })).toBe(false);
  });
});
