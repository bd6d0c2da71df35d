import { jumpStep } from './commands/clock';
import { askAgain, changedRise, goLive } from './commands/rise';
import type { HistoryCommand } from './commands/step';
import { repairStep, tamperStep } from './commands/tamper';
import type { Venue } from './model/state';

/** Histories that every run begins with: they go where random ones come seldom. */
export const knownHistories: readonly { readonly venue: Venue; readonly steps: readonly HistoryCommand[] }[] = [
  { venue: 'simulated', steps: [goLive, changedRise('limit', 'shortSample'), changedRise('limit', 'noCloses')] },
  {
    venue: 'simulated',
    steps: [
      goLive,
      changedRise('limit', 'otherStack'),
      changedRise('backend', 'otherAccount'),
      changedRise('settings', 'wideMargin'),
      changedRise('agent', 'coSigned'),
      changedRise('gateway', 'byApprover'),
      changedRise('threshold', 'future', 0),
    ],
  },
  {
    venue: 'sandbox',
    steps: [
      goLive,
      changedRise('model', 'embeddedFeed'),
      changedRise('gateway', 'scaledClock'),
      changedRise('backend', 'trainedOn'),
    ],
  },
  {
    venue: 'simulated',
    steps: [
      goLive,
      jumpStep({ after: -59, by: 0 }),
      changedRise('model', 'justFresh', 0),
      jumpStep({ after: -61, by: 0 }),
      tamperStep({ what: 'truncateRoot', one: 0, other: 0 }),
      askAgain(false),
      repairStep,
      tamperStep({ what: 'older', one: 0, other: 0 }),
      goLive,
    ],
  },
];
