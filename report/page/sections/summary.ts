import type { ReportData } from '../data';
import { type Html, html } from '../html';
import { countOf, shortDigest, showCount, showTime } from '../show';
import type { Finding } from './findings';

/** The head of the page: where the stack stands, and what is wrong, the worst first. */
export function summarySection(data: ReportData, findings: readonly Finding[]): Html {
  const worst = findings[0]?.severity ?? 'good';
  return html`<header id="summary">
<h1>Stack ${data.stack}</h1>
<p class="verdict ${worst}">${verdictOf(data, findings)}</p>
<p class="made">Made ${showTime(data.madeAt)} UTC by Cutover ${data.version}. All times are UTC. Everything was read and verified anew for this page; it is not refreshed.</p>
${
  findings.length > 0 &&
  html`<ul class="findings">${findings.map(
    ({ severity, text, section }) =>
      html`<li class="${severity}"><span class="tag">${severity === 'bad' ? 'Wrong' : 'Note'}</span> <a href="#${section}">${text}</a></li>`,
  )}</ul>`
}
<dl class="facts">${factsOf(data).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

function verdictOf({ ledger, initialised }: ReportData, findings: readonly Finding[]): string {
  const bad = findings.filter(({ severity }) => severity === 'bad').length;
  const wrong = bad === 0 ? 'nothing is wrong with its record' : `${countOf(bad, 'thing is', 'things are')} wrong`;
  if (!initialised) return `Without keys, in paper at the most: ${wrong}.`;
  if ('missing' in ledger) return `Nobody can tell where it stands, and ${wrong}.`;
  const state = ledger.found.stands.at(-1)?.state ?? 'paper';
  const words = { paper: 'In paper', live: 'Live trading is granted', halted: 'HALTED' }[state];
  return `${words}${ledger.found.broken ? ', as far as the ledger can be trusted' : ''}: ${wrong}.`;
}

function factsOf({ ledger, evidence, orders, trust }: ReportData): [string, string][] {
  const verified = evidence.filter((row) => row.verified).length;
  const facts: [string, string][] = [
    ['Evidence', `${showCount(verified)} verified, ${showCount(evidence.length - verified)} not`],
    ['Orders', 'found' in orders ? showCount(orders.found.total) : 'not known'],
    ['Trust root', 'found' in trust ? `version ${trust.found}` : 'none'],
  ];
  if ('missing' in ledger) return [['Ledger', 'cannot be read'], ...facts];
  const { account, halts, grants, head, happenings } = ledger.found;
  return [
    ['Account', `${account.venue} / ${account.id}`],
    ['Grants', showCount(grants.length)],
    ['Halts', `${showCount(halts.length)}, ${showCount(halts.filter(({ closed }) => !closed).length)} open`],
    ...facts,
    ['Ledger', `${countOf(happenings.length, 'entry', 'entries')}, head ${shortDigest(head)}`],
  ];
}
