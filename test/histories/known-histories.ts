import { expireStep, jumpStep } from './commands/clock';
import { goBackStep, tightenStep } from './commands/fall';
import { askAgain, goLive, provedRise } from './commands/rise';
import type { HistoryCommand } from './commands/step';
import { repairStep, tamperStep } from './commands/tamper';
import type { Venue } from './model/state';

/** Histories that a run begins with: they go where random ones come seldom. */
export const knownHistories: readonly { readonly venue: Venue; readonly steps: readonly HistoryCommand[] }[] = [
  { venue: 'simulated', steps: [goLive, provedRise('limit', 'shortSample'), provedRise('limit', 'noCloses')] },
  { venue: 'simulated', steps: [goLive, provedRise('limit', 'byGuardian'), provedRise('agent', 'besideWatch')] },
  {
    venue: 'simulated',
    steps: [
      goLive,
      tamperStep({ what: 'otherLedger', one: 0, other: 0 }),
      tamperStep({ what: 'otherRoot', one: 0, other: 0 }),
      askAgain(false),
      provedRise('limit'),
      repairStep,
      askAgain(false),
    ],
  },
  {
    venue: 'simulated',
    steps: [
      goLive,
      provedRise('limit', 'otherStack'),
      provedRise('backend', 'otherAccount'),
      provedRise('settings', 'wideMargin'),
      provedRise('agent', 'coSigned'),
      provedRise('gateway', 'byApprover'),
      provedRise('threshold', 'future', { wait: 0 }),
    ],
  },
  {
    venue: 'sandbox',
    steps: [
      goLive,
      provedRise('model', 'embeddedFeed'),
      provedRise('gateway', 'scaledClock'),
      provedRise('backend', 'trainedOn'),
    ],
  },
  {
    venue: 'simulated',
    steps: [
      goLive,
      jumpStep({ after: -59, by: 0 }),
      provedRise('model', 'justFresh', { wait: 0 }),
      jumpStep({ after: -61, by: 0 }),
      tamperStep({ what: 'truncateRoot', one: 0, other: 0 }),
      askAgain(false),
      repairStep,
      tamperStep({ what: 'older', one: 0, other: 0 }),
      goLive,
    ],
  },
  // A return, the way back from it, and the same one again.
  {
    venue: 'simulated',
    steps: [goLive, provedRise('model'), goBackStep, goBackStep, provedRise('model'), goBackStep],
  },
  { venue: 'simulated', steps: [goLive, tightenStep([1]), goBackStep] },
  {
    venue: 'simulated',
    steps: [goLive, provedRise('model'), provedRise('model', 'failed', { which: 1 }), goBackStep],
  },
  {
    venue: 'sandbox',
    steps: [goLive, provedRise('backend'), tamperStep({ what: 'flipPayload', one: 0, other: 0 }), goBackStep],
  },
  {
    venue: 'sandbox',
    steps: [goLive, provedRise('backend'), expireStep({ seconds: 86_401, renewing: true }), goBackStep],
  },
];
