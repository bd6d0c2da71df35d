import { createHash } from 'node:crypto';
import { Html, html } from '../page/html';
import type { LiveData } from './data';
import { agentsSection } from './sections/agents';
import { haltsSection } from './sections/halts';
import { ordersSection } from './sections/orders';
import { permitSection } from './sections/permit';
import type { DrawSection } from './sections/section';
import { signalsSection } from './sections/signals';
import { workloadsSection } from './sections/workloads';
import { liveStyle } from './style';
import { problemsOf, verdictOf } from './verdict';

const sections: readonly DrawSection[] = [
  permitSection,
  haltsSection,
  workloadsSection,
  agentsSection,
  ordersSection,
  signalsSection,
];

/** What the page is besides the stack's state. */
export interface PageFrame {
  /** The page's own script. */
  readonly script: string;
  /** Proves that a halt was asked for in a page that this server gave out. */
  readonly token: string;
  /** Names this start of the server. */
  readonly server: string;
}

/** The parts of the page that follow the stack, as HTML, by the name of their place. */
export interface LiveParts {
  readonly title: string;
  readonly parts: Readonly<Record<string, string>>;
}

const digestOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * What a page may do: run its one script and use its one style sheet, both named by their digests, and ask its own server.
 * Whatever somebody gets into a name is not run and not loaded. @param script the page's own script
 */
export function policyOf(script: string): string {
  return [
    "default-src 'none'",
    `script-src ${digestOf(script)}`,
    `style-src ${digestOf(liveStyle)}`,
    "connect-src 'self'",
    // The empty icon, so that none is asked for.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Draws what follows the stack. Pure. */
export function drawParts(data: LiveData): LiveParts {
  const drawn = sections.map((section) => section(data));
  const { severity, text } = verdictOf(data);
  const problems = problemsOf(data);
  const verdict = html`<p class="verdict ${severity}">${text}</p>`;
  const found =
    problems.length > 0 &&
    html`<ul class="findings">${problems.map(
      (one) =>
        html`<li class="${one.severity}"><span class="tag">${one.severity === 'bad' ? 'Wrong' : 'Note'}</span> <a href="#${one.section}">${one.text}</a></li>`,
    )}</ul>`;
  return {
    title: `${text.split(/[,;:.]/)[0]} - stack ${data.stack}`,
    parts: {
      verdict: verdict.text,
      problems: html`${found}`.text,
      ...Object.fromEntries(drawn.map(({ id, body }) => [id, body.text])),
    },
  };
}

/** The whole page as it is first given out; its script follows the stack from there. Pure. */
export function drawLivePage(data: LiveData, { script, token, server }: PageFrame): string {
  const { title, parts } = drawParts(data);
  const part = (id: string) => html`<div data-part="${id}">${new Html(parts[id] ?? '')}</div>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="cutover-token" content="${token}">
<meta name="cutover-server" content="${server}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(liveStyle)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the stack</a>
<main id="content">
<header>
<h1>Stack ${data.stack}, live</h1>
<div class="connection"><p id="connection" role="status">Not connected yet: what is shown is from when the page was loaded.</p>
<p class="made">Last word <span id="heard">${new Date(data.now).toISOString().slice(11, 19)}</span> UTC. All times are UTC. Cutover ${data.version}.</p>
<noscript><p class="bad">Without its script this page neither follows the stack nor halts it: cutover status, cutover halt.</p></noscript></div>
<div role="status">${part('verdict')}</div>
<div class="act"><button type="button" class="stop" id="halt">Halt stack ${data.stack} …</button>
<p id="halt-result" role="status"></p></div>
${part('problems')}
</header>
<nav aria-label="Sections"><ul>${sections.map((section) => {
    const { id, title: name } = section(data);
    return html`<li><a href="#${id}">${name}</a></li>`;
  })}</ul></nav>
${sections.map((section) => {
  const { id, title: name } = section(data);
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>\n${part(id)}</section>\n`;
})}
</main>
<dialog id="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-text"><form method="dialog">
<h2 id="confirm-title">Halt stack ${data.stack} now?</h2>
<p id="confirm-text">The permit ends, open orders are cancelled, the agents are stopped. Live trading is then barred until an approver closes the halt. All data is kept.</p>
<label for="reason">Why, for the record</label>
<input id="reason" maxlength="500" autocomplete="off">
<div class="choices"><button class="stop" id="halt-now">Halt now</button><button type="button" id="cancel">Do not halt</button></div>
</form></dialog>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}
