/**
 * Makes what is inside `old` like what is inside `fresh`, and touches nothing that is alike already: focus, places of
 * scrolling, folded tables and what a screen reader has read stay.
 */
export function morph(old: Node, fresh: Node): void {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  for (const [index, next] of after.entries()) {
    const now = before[index];
    if (!now) old.appendChild(next);
    else if (now.nodeName !== next.nodeName) old.replaceChild(next, now);
    else {
      if (now instanceof Element && next instanceof Element) morphAttributes(now, next);
      if (now.nodeType === Node.TEXT_NODE && now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue;
      morph(now, next);
    }
  }
  for (const surplus of before.slice(after.length)) surplus.remove();
}

function morphAttributes(old: Element, fresh: Element): void {
  // Whether a table is unfolded is the reader's to say.
  for (const name of old.getAttributeNames())
    if (!fresh.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}
