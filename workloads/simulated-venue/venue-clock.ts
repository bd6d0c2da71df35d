/** The venue's own time, milliseconds: it starts with the wall clock and then runs on evenly, whatever that one does. */
export function startVenueClock(): () => number {
  const [wallMs, monoMs] = [Date.now(), performance.now()];
  return () => wallMs + (performance.now() - monoMs);
}
