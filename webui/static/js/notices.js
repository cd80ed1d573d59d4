// What everybody is told once, below the top bar: it comes with the page, or while one looks on, and is
// waved away for good.

import { send } from "./api.js";
import { icon } from "./icon.js";
import { at } from "./root.js";

const place = document.getElementById("notices");
const away = new Set(); // waved away on this page, while the server may not know yet

export function prepareNotices() {
  place?.addEventListener("submit", (event) => {
    if ("look" in event.submitter.dataset) return; // the form itself leads there
    event.preventDefault();
    const notice = event.target.closest("[data-notice]");
    const id = Number(notice.dataset.notice);
    away.add(id);
    notice.remove();
    send("POST", at("/api/notices/seen"), { id }).catch(() => {}); // it is shown again, then
  });
}

/** Show notices `{id, library, sentence}` that are not shown yet; each has taken in those before it. */
export function showNotices(notices) {
  if (!place) return;
  for (const { id, sentence } of notices) {
    if (away.has(id)) continue;
    const shown = place.querySelector(`[data-notice="${id}"] [data-words]`);
    if (!shown) {
      place.querySelectorAll("[data-notice]").forEach((older) => older.remove());
      place.append(made(id, sentence));
    } else if (shown.textContent !== sentence) shown.textContent = sentence;
  }
}

function made(id, sentence) {
  const form = document.createElement("form");
  form.className = "notice good news";
  form.method = "post";
  form.action = at("/notices/seen");
  form.dataset.notice = id;
  const words = document.createElement("span");
  const told = document.createElement("span");
  told.dataset.words = "";
  told.textContent = sentence;
  words.append(told, " ");
  const number = document.createElement("input");
  number.type = "hidden";
  number.name = "id";
  number.value = id;
  const look = document.createElement("button");
  look.className = "button small";
  look.name = "next";
  look.value = at("/");
  look.dataset.look = "";
  look.textContent = "Look at it";
  words.append(look);
  const button = document.createElement("button");
  button.className = "button quiet icon-only";
  button.title = "Close";
  button.append(icon("close"));
  const label = document.createElement("span");
  label.className = "visually-hidden";
  label.textContent = "Close";
  button.append(label);
  form.append(number, words, button);
  return form;
}
