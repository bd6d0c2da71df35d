import type { ReportData } from '../data';
import { countOf, showTime } from '../show';

/** Something that is wrong, or not as it should be. */
export interface Finding {
  readonly severity: 'bad' | 'warn';
  readonly text: string;
  /** The section that says more. */
  readonly section: string;
}

/** What a reader must know first, the worst first. Pure. */
export function findingsOf(data: ReportData): Finding[] {
  const findings = [...ledgerFindings(data), ...evidenceFindings(data), ...recordFindings(data)];
  return [
    ...findings.filter(({ severity }) => severity === 'bad'),
    ...findings.filter(({ severity }) => severity === 'warn'),
  ];
}

function ledgerFindings({ ledger, trust, initialised }: ReportData): Finding[] {
  if (!initialised) {
    const text = 'No ledger and no evidence counts, and live trading is impossible: cutover keys init was not run';
    return [{ severity: 'warn', section: 'posture', text }];
  }
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], section: string, text: string) =>
    findings.push({ severity, section, text });
  if ('missing' in trust) add('bad', 'evidence', `No evidence can be verified: ${trust.missing}`);
  if ('missing' in ledger) {
    add('bad', 'posture', `The ledger cannot be read: ${ledger.missing}`);
    return findings;
  }
  const { broken, halts, drill } = ledger.found;
  if (broken)
    add(
      'bad',
      'posture',
      `The ledger is broken at line ${broken.line}: ${broken.reason}. ${countOf(broken.linesAfter, 'line')} from there on prove nothing`,
    );
  for (const { haltedAt, by, reason, closed } of halts)
    if (!closed) add('bad', 'incidents', `Halted since ${showTime(haltedAt)} by ${by}: ${reason}`);
  if (drill) add('warn', 'posture', "This is a drill's ledger: nothing in it is about real money");
  return findings;
}

function evidenceFindings({ evidence, canaries }: ReportData): Finding[] {
  const rejected = evidence.filter(({ verified }) => !verified).length;
  const differing = canaries.filter(({ curve }) => 'found' in curve && !curve.found.same);
  return [
    ...(rejected > 0
      ? [
          {
            severity: 'bad',
            section: 'evidence',
            text: `${countOf(rejected, 'file')} of evidence cannot be verified`,
          } as const,
        ]
      : []),
    ...differing.map(({ signed }) => ({
      severity: 'bad' as const,
      section: 'canary',
      text: `The trades of the gateway's record are not those that ${signed.name} was signed for`,
    })),
  ];
}

function recordFindings({ orders, latency, errors, unreached }: ReportData): Finding[] {
  const records = [
    ['fills', orders],
    ['latency', latency],
    ['errors', errors],
  ] as const;
  return [
    ...unreached.map((text) => ({ severity: 'bad' as const, section: 'summary', text })),
    ...records.flatMap(([section, found]) =>
      'missing' in found ? [{ severity: 'warn' as const, section, text: `Not shown: ${found.missing}` }] : [],
    ),
    ...('found' in errors ? errors.found.problems : []).map((text) => ({
      severity: 'bad' as const,
      section: 'errors',
      text,
    })),
  ];
}
