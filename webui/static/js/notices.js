// What everybody is told once, below the top bar: it comes with the page, or while one looks on, and is
// waved away for good.

import { send } from "./api.js";
import { icon } from "./icon.js";
import { at } from "./root.js";

const place = document.getElementById("notices");
const away = new Set(); // waved away on this page, while the server may not know yet

export function prepareNotices() {
  place?.addEventListener("submit", (event) => {
    event.preventDefault();
    const notice = event.target.closest("[data-notice]");
    const id = Number(notice.dataset.notice);
    away.add(id);
    notice.remove();
    send("POST", at("/api/notices/seen"), { id }).catch(() => {}); // it is shown again, then
  });
}

/** Show notices `{id, library, sentence}` that are not shown yet. */
export function showNotices(notices) {
  if (!place) return;
  for (const { id, sentence } of notices) {
    if (away.has(id)) continue;
    const shown = place.querySelector(`[data-notice="${id}"] [data-words]`);
    if (!shown) place.append(made(id, sentence));
    else if (shown.textContent !== sentence) shown.textContent = sentence;
  }
}

function made(id, sentence) {
  const form = document.createElement("form");
  form.className = "notice good news";
  form.dataset.notice = id;
  const words = document.createElement("span");
  const told = document.createElement("span");
  told.dataset.words = "";
  told.textContent = sentence;
  words.append(told, " ");
  const link = document.createElement("a");
  link.href = at("/");
  link.textContent = "Look at it";
  words.append(link);
  const button = document.createElement("button");
  button.className = "button quiet icon-only";
  button.title = "Close";
  button.append(icon("close"));
  const label = document.createElement("span");
  label.className = "visually-hidden";
  label.textContent = "Close";
  button.append(label);
  form.append(words, button);
  return form;
}
