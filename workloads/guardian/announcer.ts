import type { Logger } from 'pino';
import type { Operations, Standing } from '../../platforms/platform';
import type { GrantState } from './grant-report';

/** How long it takes until what could not be said is said again, milliseconds. */
const againMs = 3_000;

/** Whether live may be started at all: no halt is open, and the ledger says so. */
export const isOpen = (state: GrantState): boolean => state === 'none' || state === 'refused' || state === 'granted';

/**
 * Tells the platform whether live is allowed, each change once. It is a second door only: nothing waits for it, and
 * nothing that it fails at holds up a halt or the end of a permit.
 */
export class Announcer {
  private said: Standing | undefined;
  private busy = false;
  private failedAt: number | undefined;

  constructor(
    private readonly operations: Pick<Operations, 'announce'>,
    private readonly log: Logger,
  ) {}

  /** Asked in every round. Never throws, and does not wait. */
  tell(standing: Standing): void {
    const { said, failedAt } = this;
    if (this.busy || (said?.halted === standing.halted && said.posture === standing.posture)) return;
    if (failedAt !== undefined && performance.now() - failedAt < againMs) return;
    this.busy = true;
    this.operations
      .announce(standing)
      .then(
        () => {
          this.said = standing;
          this.failedAt = undefined;
        },
        (error) => {
          this.failedAt = performance.now();
          this.log.error({ err: error }, 'the platform cannot be told whether live is allowed; it is told again');
        },
      )
      .finally(() => {
        this.busy = false;
      });
  }
}
