import { createHash } from 'node:crypto';
import type { ReportData } from './data';
import { Html, html } from './html';
import { canarySection } from './sections/canary';
import { confidenceSection } from './sections/confidence';
import { errorsSection } from './sections/errors';
import { evidenceSection } from './sections/evidence';
import { fillsSection } from './sections/fills';
import { findingsOf } from './sections/findings';
import { haltsSection } from './sections/halts';
import { incidentsSection } from './sections/incidents';
import { latencySection } from './sections/latency';
import { postureSection } from './sections/posture';
import type { Section } from './sections/section';
import { summarySection } from './sections/summary';
import { style } from './style';

const sections: readonly ((data: ReportData) => Section)[] = [
  postureSection,
  incidentsSection,
  haltsSection,
  evidenceSection,
  canarySection,
  fillsSection,
  confidenceSection,
  latencySection,
  errorsSection,
];

// Nothing is loaded and nothing runs, whatever somebody gets into a name: the one style sheet is named by its digest.
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The whole page, in one file that needs nothing else. Pure. */
export function drawPage(data: ReportData): string {
  const drawn = sections.map((section) => section(data));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Stack ${data.stack}: report</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<main id="content">
${summarySection(data, findingsOf(data))}
<nav aria-label="Sections"><ul>${drawn.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
${drawn.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`)}
</main>
</body>
</html>
`.text;
}
