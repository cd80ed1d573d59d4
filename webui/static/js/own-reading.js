// The buttons of one's own reading: sent without leaving the page, which is then renewed in part.
//
// A form with data-renew names the parts (ids) that its answer, the page itself, brings anew. What
// changes the whole page (data-whole) is sent as any form is.

import { at } from "./root.js";
import { signIn } from "./sign-in.js";
import { toast } from "./toast.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-renew]");
  if (!form || !event.submitter || "whole" in event.submitter.dataset) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  const body = new URLSearchParams(new FormData(form));
  body.set(name, value);
  try {
    const page = await send(form.action, body);
    if (!page) return;
    if (value === "add") toast(`It is in the list “${form.list.selectedOptions[0].text}”.`);
    else renew(form.dataset.renew.split(" "), page, value);
  } catch {
    toast("The server cannot be reached. Is Longbox running?");
  }
});

async function send(address, body) {
  const options = { method: "POST", body, headers: { Accept: "text/html" } };
  let answer = await fetch(address, options);
  if (answer.redirected && new URL(answer.url).pathname === at("/login")) {
    if (!(await signIn())) return null;
    answer = await fetch(address, options);
  }
  if (!answer.ok) {
    toast("That could not be done. Load the page again, please.");
    return null;
  }
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Put the fresh parts in the place of these; the focus stays where it was pressed. */
function renew(ids, page, pressed) {
  const place = [...document.querySelectorAll("#own [name=do]")].indexOf(document.activeElement);
  for (const id of ids) {
    const [here, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (here && fresh) here.replaceWith(fresh);
  }
  const buttons = [...document.querySelectorAll("#own [name=do]")];
  const same = buttons.find((button) => button.value === opposite(pressed)) ?? buttons[place];
  same?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("longbox:cards"));
}

/** What the button says that stands where the pressed one stood. */
function opposite(pressed) {
  if (pressed.startsWith("stars-")) return "unrate";
  return pressed.startsWith("un") ? pressed.slice(2) : `un${pressed}`;
}
