import { showSpan } from '../../page/show';

/**
 * Lets countdowns and ages go on between two words of the server. Neither is in what a screen reader announces.
 * @param now the server's time, milliseconds since the epoch
 */
export function tick(now: number): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-until]')) {
    const left = Math.max(0, Math.ceil((Number(element.dataset.until) - now) / 1_000));
    set(element, `${left} s`);
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-since]')) {
    set(element, `(${showSpan(Math.max(1_000, now - Number(element.dataset.since)))} ago)`);
  }
}

/** An old permit counts nothing down: nobody knows whether it still stands. */
export function stopCountdowns(): void {
  for (const element of document.querySelectorAll<HTMLElement>('[data-until]')) set(element, 'not known');
}

function set(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
