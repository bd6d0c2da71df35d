/** The names of the checks that failed; none when there are none. */
type Answer = () => void;

/**
 * Keeps the halts on disk as they are latched in memory: one write at a time, again until the disk holds them. Who
 * asked for a halt is answered when it is there.
 */
export class HaltWriter {
  private saving = false;
  private asked: readonly { readonly id: string; readonly answer: Answer }[] = [];

  /**
   * @param onDisk what the disk holds
   * @param save writes and syncs a list, and says whether it could
   */
  constructor(
    private onDisk: readonly string[],
    private readonly save: (halts: readonly string[], saved: (ok: boolean) => void) => void,
  ) {}

  /** Answers when the disk holds a halt; it is latched by now, and is written again where the disk may have it. */
  ask(id: string, answer: Answer): void {
    this.asked = [...this.asked, { id, answer }];
    this.onDisk = this.onDisk.filter((known) => known !== id);
  }

  /** Writes what is latched, where the disk is not known to hold it. Called at every look at the clocks. */
  write(halts: readonly string[]): void {
    const same = halts.length === this.onDisk.length && halts.every((id) => this.onDisk.includes(id));
    if (same || this.saving) return;
    this.saving = true;
    this.save(halts, (ok) => {
      this.saving = false;
      if (!ok) return;
      this.onDisk = halts;
      const answered = this.asked.filter(({ id }) => halts.includes(id));
      this.asked = this.asked.filter((one) => !answered.includes(one));
      for (const { answer } of answered) answer();
    });
  }
}
