/** An element of the page, by its id. @throws Error where the page is not ours */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element as T;
}

/** What the page was given out with. */
export function metaOf(name: 'cutover-token' | 'cutover-server', page: Document = document): string {
  return page.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

/** Sets a text only where it changes, so that nothing is announced twice. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A time of day, UTC. @param at milliseconds since the epoch */
export const timeOfDay = (at: number) => new Date(at).toISOString().slice(11, 19);
