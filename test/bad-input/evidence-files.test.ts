import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatEnvelope, parseEnvelope, signPayload } from '../../evidence/dsse';
import { payloadType } from '../../evidence/statement';
import { decide } from '../../posture/decide';
import { explain } from '../../posture/explain/explain';
import type { Explanation } from '../../posture/explain/explanation';
import { renderJson } from '../../posture/explain/explanation-json';
import { renderText } from '../../posture/explain/explanation-text';
import type { Posture } from '../../posture/posture';
import { livePosture, paperPosture, ReadyStack } from '../helpers/ready-stack';

// Bad evidence, a bad trust root and a clock that jumps: a rise is refused with code and file, a fall passes with a warning,
// nothing crashes, nothing is rewritten.

let stack: ReadyStack;
let canary: string;
beforeEach(() => {
  stack = new ReadyStack();
  canary = stack.prove().canary!.file;
});
afterEach(() => stack.destroy());

/** Every file of the stack with its time and its bytes, as far as they can be read. */
function bytes(): Record<string, string> {
  const files = readdirSync(stack.folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    path.join(stack.folder, name),
  );
  return Object.fromEntries(
    files
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
      .map((file) => [file, `${statSync(file).mtimeMs} ${statSync(file).size} ${readStart(file)}`]),
  );
}

/** A huge file is not read to its end. */
function readStart(file: string): string {
  const handle = openSync(file, 'r');
  const start = Buffer.alloc(4096);
  const length = readSync(handle, start);
  closeSync(handle);
  return start.subarray(0, length).toString('base64');
}

/** What is told of the way to a posture, in all its forms; nothing may change by it. */
function tell(to: Posture, now = stack.now, from?: Posture): Explanation {
  const before = bytes();
  const input = { ...stack.grounds(now), to, ...(from ? { from } : {}) };
  const explanation = explain(input, decide(input));
  expect(JSON.parse(JSON.stringify(renderJson(explanation))).verdict).toBe(explanation.verdict);
  expect(renderText(explanation, { width: 80, everything: true }).length).toBeGreaterThan(2);
  expect(bytes()).toEqual(before);
  return explanation;
}

/** The same statement of another version, properly signed. */
function writeVersion(change: (statement: { _type: string; predicateType: string }) => void): void {
  const { payload } = parseEnvelope(readFileSync(canary), payloadType);
  const statement = JSON.parse(Buffer.from(payload).toString('utf8'));
  change(statement);
  const changed = { payloadType, payload: Buffer.from(JSON.stringify(statement)) };
  writeFileSync(canary, formatEnvelope({ ...changed, signatures: signPayload(changed, stack.trust.signers.measure) }));
}

const cases: [what: string, code: string, make: () => void][] = [
  ['empty', 'malformed', () => truncateSync(canary, 0)],
  ['cut off', 'malformed', () => truncateSync(canary, Math.floor(statSync(canary).size / 2))],
  ['cut off by one byte of its JSON', 'malformed', () => truncateSync(canary, statSync(canary).size - 2)],
  ['binary', 'malformed', () => writeFileSync(canary, Buffer.from([0, 0xff, 0xfe, 1, 0x80]))],
  ['huge', 'too_large', () => truncateSync(canary, 8 * 1024 ** 3)],
  ['nested too deeply', 'malformed', () => writeFileSync(canary, '['.repeat(100_000))],
  ['of another version of the statement', 'unknown_statement', () => writeVersion((one) => (one._type += '9'))],
  ['of another version of its kind', 'unknown_predicate', () => writeVersion((one) => (one.predicateType += '9'))],
  [
    'a folder',
    'malformed',
    () => {
      rmSync(canary);
      mkdirSync(canary);
    },
  ],
  [
    'a link to nothing',
    'unreadable',
    () => {
      rmSync(canary);
      symlinkSync(path.join(stack.folder, 'nothing'), canary);
    },
  ],
];

describe.each(cases)('evidence that is %s', (_what, code, make) => {
  beforeEach(make);

  it('is refused on the way up, with its code and its file', () => {
    const file = path.basename(canary);
    const { verdict, reasons, gates } = tell(livePosture);
    expect(verdict).toBe('refuse');
    const told = reasons.filter(({ proof }) => proof === 'canary');
    expect(told).toMatchObject([{ code, file }]);
    expect(gates.find(({ proof }) => proof === 'canary')).toMatchObject({
      status: 'does_not_count',
      reasons: [{ code, file }],
    });
    const text = renderText(tell(livePosture), { width: 400, everything: false }).join('\n');
    expect(text).toMatch(new RegExp(`\\(${file.replaceAll('.', '\\.')}\\) \\[${code}\\]`));
  });

  it('holds no fall up, and is told as a warning', () => {
    const smaller = { ...livePosture, agents: [] };
    for (const [from, to] of [
      [undefined, paperPosture],
      [livePosture, paperPosture],
      [livePosture, smaller],
    ] as const) {
      const { verdict, reasons, warnings } = tell(to, stack.now, from);
      expect({ verdict, reasons }).toEqual({ verdict: 'allow', reasons: [] });
      expect(warnings).toMatchObject([{ code, file: path.basename(canary) }]);
    }
  });

  it('takes nothing from one that is good', () => {
    stack.store('canary', null, livePosture, { predicate: { measuredAt: new Date(stack.now - 60_000).toISOString() } });
    const { gates } = tell(livePosture);
    const gate = gates.find(({ proof }) => proof === 'canary')!;
    expect(gate.status).toBe('counts');
    expect(gate.others).toMatchObject([{ file: path.basename(canary), code }]);
  });
});

describe.each<[string, string, () => void]>([
  ['missing', 'trust_root_missing', () => rmSync(stack.files.trustRoot)],
  ['empty', 'malformed', () => truncateSync(stack.files.trustRoot, 0)],
  ['cut off', 'malformed', () => truncateSync(stack.files.trustRoot, 100)],
  ['huge', 'too_large', () => truncateSync(stack.files.trustRoot, 300 * 1024)],
  ['an evidence', 'wrong_payload_type', () => writeFileSync(stack.files.trustRoot, readFileSync(canary))],
])('a trust root that is %s', (_what, code, make) => {
  beforeEach(make);

  it('refuses every rise by name, and no fall', () => {
    const refused = tell(livePosture);
    expect(refused.verdict).toBe('refuse');
    expect(refused.reasons.filter(({ proof }) => !proof).map((one) => one.code)).toContain(code);
    const fall = tell(paperPosture);
    expect(fall.verdict).toBe('allow');
    expect(fall.warnings.map((one) => one.code)).toEqual([code]);
  });
});

describe('a clock that jumps', () => {
  const day = 24 * 60 * 60_000;

  it('back: no rise until it is right again, and a fall with a warning', () => {
    const before = stack.trust.genesis.time - 2 * 60_000;
    const { verdict, reasons } = tell(livePosture, before);
    expect(verdict).toBe('refuse');
    expect(reasons[0]).toMatchObject({ code: 'clock_stepped_back', severity: 'blocked' });
    const fall = tell(paperPosture, before);
    expect(fall.verdict).toBe('allow');
    expect(fall.warnings.map(({ code }) => code)).toEqual(['clock_stepped_back']);
  });

  it('ahead: what has run out is named with its file, and a fall passes', () => {
    const { reasons } = tell(livePosture, stack.now + 2 * day);
    expect(reasons.map(({ code, proof }) => `${proof} ${code}`)).toEqual([
      'preflight expired',
      'snapshot expired',
      'canary expired',
      'approval expired',
    ]);
    for (const { file, proof } of reasons) expect(file).toMatch(new RegExp(`^${proof}-`));
    expect(tell(paperPosture, stack.now + 2 * day)).toMatchObject({ verdict: 'allow', warnings: [] });
  });

  it.each([0, -1, 8.64e15, Number.MAX_SAFE_INTEGER])('to %d: nothing crashes', (now) => {
    expect(tell(livePosture, now).verdict).toBe('refuse');
    expect(tell(paperPosture, now).verdict).toBe('allow');
  });
});
