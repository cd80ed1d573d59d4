// A short message at the foot of the page, read out by screen readers.

const SECONDS = 8;

/** Show words, and beside them a link `{href, words}` if there is one; answers what shows them. */
export function toast(words, link) {
  const message = document.createElement("p");
  message.className = "toast";
  message.append(words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.words;
    message.append(anchor);
  }
  document.getElementById("toasts").replaceChildren(message);
  setTimeout(() => message.remove(), SECONDS * 1000);
  return message;
}
