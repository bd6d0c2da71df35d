import { drawTable } from '../chart/table';
import type { ReportData } from '../data';
import type { EvidenceRow } from '../gather/evidence';
import { html } from '../html';
import { shortDigest, showTime } from '../show';
import { missingNote, note, type Section } from './section';

/** Every evidence of the stack, verified when the page was made; what cannot be verified first. */
export function evidenceSection({ evidence, trust }: ReportData): Section {
  const body = html`${'missing' in trust && missingNote(`what the evidence says, since it cannot be verified: ${trust.missing}`)}
${
  evidence.length === 0
    ? html`<p>There is no evidence${'missing' in trust ? ' that was looked at' : ''}.</p>`
    : drawTable({
        caption: 'Evidence, what cannot be verified first, then the newest first',
        columns: [
          'File',
          'Verification',
          'Kind',
          'Says',
          'Measured',
          'What it measured',
          'Measured posture',
          'Signed by',
        ],
        rows: evidence.map(rowOf),
      })
}
${'found' in trust && note(`Signature, role, form and consistency were verified against version ${trust.found} of the trust root. Whether an evidence proves anything for a change is for cutover verify to say.`)}`;
  return { id: 'evidence', title: 'Evidence', body };
}

function rowOf(row: EvidenceRow) {
  if (!row.verified) {
    return [
      row.name,
      html`<strong class="bad">Not verified: ${row.code}</strong><br>${row.reason}`,
      null,
      null,
      null,
      null,
      null,
      null,
    ];
  }
  const { name, kind, passed, measuredAt, summary, measured, keyIds, consumed, feed, timeScale } = row;
  return [
    name,
    html`<span class="good">Verified</span>${consumed && html`<br>counted for a grant`}`,
    kind,
    passed ? html`<span class="good">passed</span>` : html`<strong class="bad">failed</strong>`,
    showTime(measuredAt),
    `${summary} (feed ${feed}, time × ${timeScale})`,
    shortDigest(measured),
    keyIds.map(shortDigest).join(', '),
  ];
}
