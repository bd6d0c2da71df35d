import { type Html, html } from '../page/html';
import { countOf } from '../page/show';
import { freshOf, type LiveData } from './data';
import { silentSince } from './since';

type Severity = 'good' | 'warn' | 'bad';

/** Something that is wrong, or not as it should be. */
export interface Problem {
  readonly severity: 'warn' | 'bad';
  readonly text: Html;
  /** The section that says more. */
  readonly section: string;
}

/** Where the stack stands, in a sentence that changes only when that does. */
export interface Verdict {
  readonly severity: Severity;
  readonly text: string;
}

/** Whether a halt is open, as far as gateway and guardian say; an old word that one is counts until a fresh one. */
export function isHalted({ workloads }: LiveData): boolean {
  const { gateway, guardian } = workloads;
  return (gateway.value?.openHalts.length ?? 0) > 0 || guardian.value?.grant.state === 'halted';
}

/** Where the stack stands, the worst first. Pure. */
export function verdictOf(data: LiveData): Verdict {
  const count = problemsOf(data).filter(({ severity }) => severity === 'bad').length;
  const stand = standOf(data);
  const nothing = stand.severity === 'bad' ? 'nothing else is wrong' : 'nothing is wrong';
  const wrong = count === 0 ? nothing : `${countOf(count, 'thing is', 'things are')} wrong`;
  return { severity: count > 0 ? 'bad' : stand.severity, text: `${stand.text}; ${wrong}.` };
}

function standOf(data: LiveData): Verdict {
  const { workloads, platform } = data;
  const { gateway, guardian } = workloads;
  const runs = freshOf(platform)?.replicas.some(({ state }) => state !== 'stopped') ?? true;
  const halted = isHalted(data);
  if (!gateway.isFresh && !guardian.isFresh) {
    const before = halted ? 'HALTED when it last answered. ' : '';
    return { severity: 'bad', text: `${before}${runs ? 'The stack does not answer' : 'Nothing of the stack runs'}` };
  }
  if (halted) return { severity: 'bad', text: 'HALTED, live trading is barred' };
  if (!gateway.isFresh) {
    return {
      severity: 'bad',
      text: 'The gateway does not answer, so that nobody can tell whether live orders may pass',
    };
  }
  if (gateway.value?.permit.state === 'held') {
    const only = gateway.value.permit.use === 'reduce' ? ', for orders that reduce a position only' : '';
    return { severity: 'good', text: `LIVE: the gateway holds a permit${only}` };
  }
  const mode = freshOf(workloads.backend)?.tradingMode;
  if (mode === 'live')
    return { severity: 'bad', text: 'In live mode without a permit: the gateway refuses every live order' };
  if (mode === 'paper') return { severity: 'good', text: 'In paper' };
  return { severity: 'warn', text: 'No permit is held, so no live order passes; the mode is not known' };
}

/** What an operator must know first, the worst first. Pure. */
export function problemsOf(data: LiveData): Problem[] {
  const problems = [...workloadProblems(data), ...guardianProblems(data), ...tradingProblems(data)];
  return [
    ...problems.filter(({ severity }) => severity === 'bad'),
    ...problems.filter(({ severity }) => severity === 'warn'),
  ];
}

const bad = (section: string, text: Html): Problem => ({ severity: 'bad', section, text });
const warn = (section: string, text: Html): Problem => ({ severity: 'warn', section, text });

/** One problem a workload at the most: what the platform sees says more than that it does not answer. */
function workloadProblems(data: LiveData): Problem[] {
  const { workloads, platform } = data;
  const seen = freshOf(platform);
  const problems = Object.entries(workloads).flatMap(([name, source]) => {
    const replica = seen?.replicas.find(({ workload }) => workload === name);
    if (replica && replica.state !== 'running')
      return [bad('workloads', html`${name} is ${replica.state}${replica.reason ? `: ${replica.reason}` : ''}`)];
    if (!source.isFresh) return [bad('workloads', html`${name} ${silentSince(source, data)}`)];
    return source.value?.ok
      ? []
      : [bad('workloads', html`${name}: ${source.value?.reason ?? 'it says it is not well'}`)];
  });
  return [
    ...(seen ? [] : [bad('workloads', html`The platform ${silentSince(platform, data)}`)]),
    ...problems,
    ...(seen?.others ?? []).map((text) => bad('workloads', html`${text}`)),
  ];
}

function guardianProblems({ workloads }: LiveData): Problem[] {
  const guardian = freshOf(workloads.guardian);
  if (!guardian) return [];
  const { state, reasons } = guardian.grant;
  if (state === 'refused' || state === 'blocked')
    return (reasons.length > 0 ? reasons : ['it says no reason']).map((reason) =>
      bad(
        'signals',
        html`The guardian has ${state === 'refused' ? 'refused a grant' : 'no ground to grant on'}: ${reason}`,
      ),
    );
  // While a grant stands, a reason is why no permit is issued.
  return state === 'granted' ? reasons.map((reason) => warn('signals', html`The guardian: ${reason}`)) : [];
}

function tradingProblems({ workloads }: LiveData): Problem[] {
  const orchestrator = freshOf(workloads.orchestrator);
  const locked = freshOf(workloads.backend)?.risk?.locked === true;
  return [
    ...(locked ? [bad('signals', html`The drawdown brake is on`)] : []),
    ...(orchestrator?.duplicates
      ? [bad('agents', html`${countOf(orchestrator.duplicates, 'agent runs', 'agents run')} outside the orchestrator`)]
      : []),
    ...(orchestrator?.agents ?? [])
      .filter(({ state }) => state !== 'running')
      .map(({ name, state }) => warn('agents', html`Agent ${name}: ${state}`)),
  ];
}
