import { describe, expect, it } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import { explainReason } from '../../../posture/explain/explain-reason';
import type { ExplainedChange, Explanation } from '../../../posture/explain/explanation';
import { findBlastRadius } from '../../../report/change-record/blast-radius';
import type { ChangeRecordInput } from '../../../report/change-record/input';
import { readPreview } from '../../../report/change-record/read-preview';
import { judgeRecord } from '../../../report/change-record/verdict';
import { livePosture, paperPosture } from '../../helpers/ready-stack';

const missing = explainReason({ code: 'missing', message: 'there is no canary', proof: 'canary' });
const expired = explainReason({ code: 'expired', message: 'canary is too old', proof: 'canary' });
const failed = explainReason({ code: 'failed', message: 'the canary failed', proof: 'canary' });
const forged = explainReason({ code: 'bad_signature', message: 'forged', proof: 'canary' });
const halted = explainReason({ code: 'halt_open', message: 'halted' });
const noLedger = explainReason({ code: 'ledger_unreadable', message: 'it is elsewhere' });
const twoRises = explainReason({ code: 'more_than_one_rise', message: 'two rises' });
const elsewhere = { notes: [{ code: 'ledger_elsewhere', text: 'it is with the stack' }] };

const posture = digestBytes('head');
const rise = { judged: true, direction: 'rise' } as ExplainedChange;
const judge = (
  { reasons = [], changes = [rise] }: { reasons?: readonly unknown[]; changes?: readonly ExplainedChange[] },
  others: Partial<ChangeRecordInput> = {},
) => {
  const verdict = reasons.length === 0 ? 'allow' : 'refuse';
  const ledger = { readable: !reasons.includes(noLedger) };
  const explanation = { verdict, reasons, changes, to: { posture }, ledger } as unknown as Explanation;
  return judgeRecord({ explanation, guardian: null, preview: { state: 'not_run' }, notes: [], ...others });
};
const refusal = {
  state: 'ran',
  refused: true,
  changes: [],
  violations: [],
  warnings: [],
  seconds: 1,
  posture,
} as const;

describe('the verdict', () => {
  it.each([
    [[], 'allowed'],
    [[missing], 'needs_proof'],
    [[missing, expired], 'needs_proof'],
    [[missing, failed], 'refused'],
    [[forged], 'refused'],
    [[halted, missing], 'refused'],
  ])('of reasons is theirs, case %#', (reasons, verdict) =>
    expect(judge({ reasons })).toEqual({ verdict, source: 'decision' }),
  );

  it('is for the ledger to give where that is elsewhere, and nothing else is against it', () => {
    const found = { verdict: 'needs_ledger', source: 'decision' };
    expect(judge({ reasons: [noLedger, missing] }, elsewhere)).toEqual(found);
    expect(judge({ reasons: [noLedger] }, elsewhere)).toEqual(found);
    // The packs had none either.
    expect(judge({ reasons: [noLedger, missing] }, { ...elsewhere, preview: refusal })).toEqual(found);
  });

  it.each([
    ['the ledger here cannot be read', [noLedger, missing], {}],
    ['something else is against it too', [noLedger, twoRises, missing], elsewhere],
    ['a proof failed', [noLedger, failed], elsewhere],
  ])('is no, where %s', (_, reasons, others) => expect(judge({ reasons }, others).verdict).toBe('refused'));

  it('is allowed for a fall wherever the ledger is', () => expect(judge({}, elsewhere).verdict).toBe('allowed'));

  it("is the guardian's where that is worse", () => {
    const guardian = { from: null, verdict: 'refuse', reasons: [missing] } as const;
    expect(judge({}, { guardian })).toEqual({ verdict: 'needs_proof', source: 'guardian' });
    expect(judge({ reasons: [failed] }, { guardian }).source).toBe('decision');
    expect(judge({}, { guardian: { ...guardian, verdict: 'allow', reasons: [] } }).verdict).toBe('allowed');
  });

  it('is that of the packs where they refuse a rise, and never of a change without one', () => {
    expect(judge({}, { preview: refusal })).toEqual({ verdict: 'refused', source: 'preview' });
    expect(judge({}, { preview: { ...refusal, refused: false } }).verdict).toBe('allowed');
    expect(judge({}, { preview: { ...refusal, posture: null } }).verdict).toBe('refused');
    expect(judge({}, { preview: { ...refusal, posture: digestBytes('another') } }).verdict).toBe('allowed');
    expect(judge({ changes: [] }, { preview: refusal }).verdict).toBe('allowed');
    expect(judge({ changes: [{ ...rise, direction: 'fall' }] }, { preview: refusal }).verdict).toBe('allowed');
    expect(judge({ changes: [{ ...rise, judged: false }] }, { preview: refusal }).verdict).toBe('allowed');
  });
});

describe('the blast radius', () => {
  const both = { before: 'process', after: 'process' } as const;
  const touched = (...given: Parameters<typeof findBlastRadius>) =>
    findBlastRadius(...given).touched.map(({ workload, operation }) => `${operation} ${workload}`);

  it('is what the slices say', () => {
    expect(touched(paperPosture, livePosture, both)).toEqual(['restart backend']);
    expect(touched(livePosture, livePosture, both)).toEqual([]);
    expect(touched(paperPosture, livePosture, { before: 'docker', after: 'docker' })).toEqual(['replace backend']);
  });

  it('is everything for a new stack and another platform, and not known for a base that cannot be read', () => {
    expect(new Set(touched(null, livePosture, both).map((one) => one.split(' ')[0]))).toEqual(new Set(['start']));
    const moved = findBlastRadius(paperPosture, paperPosture, { before: 'process', after: 'docker' });
    expect(moved).toMatchObject({ leaves: 'process', untouched: [], known: true });
    expect(findBlastRadius(null, livePosture, both, false)).toMatchObject({ known: false, untouched: [] });
  });
});

describe('a preview that is read', () => {
  const good = { stack: 'main', tradingMode: 'live', ...refusal, exitCode: 3 };
  const read = (document: unknown) => readPreview(JSON.stringify(document), 'main', '--preview-json');

  it('is what the verb writes, an error too', () => {
    expect(read(good)).toEqual(refusal);
    expect(read({ ...good, posture: undefined })).toMatchObject({ state: 'ran', posture: null });
    const error = { code: 'engine_missing', message: 'no engine', details: ['cutover doctor'] };
    expect(read({ error })).toEqual({ state: 'failed', ...error });
  });

  it.each([
    [null],
    [[]],
    [{ ...good, refused: 'no' }],
    [{ ...good, stack: 'night' }],
    [{ ...good, posture: 'sha1:0' }],
    [{ ...good, violations: [{ policy: 'one' }] }],
    [{ ...good, changes: undefined }],
  ])('is refused as wrong use where it is something else, case %#', (document) => {
    expect(() => read(document)).toThrow(expect.objectContaining({ code: 'invalid_preview', exitCode: 2 }));
  });

  it('is refused where it is no JSON', () => {
    expect(() => readPreview('{', 'main', '--preview-json')).toThrow(/--preview-json: expected the output of/);
  });
});
