// Brings one element to what another one is, in place: what is the same stays, with its focus, its
// scroll and its animations. For pieces of pages that the server draws anew.

/**
 * Make `old` equal to `fresh`. Text that is empty now stays as it was where it has `data-keep`; what
 * has another `data-key` is about another thing, and is put in its place. What a person has unfolded
 * stays so.
 */
export function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.dataset?.key !== fresh.dataset?.key) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.hasAttribute("data-keep") && !fresh.hasChildNodes()) return;
  const children = [...fresh.childNodes];
  for (const [place, child] of children.entries()) {
    if (old.childNodes[place]) morph(old.childNodes[place], child);
    else old.append(child);
  }
  while (old.childNodes.length > children.length) old.lastChild.remove();
}
