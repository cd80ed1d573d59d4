// The progress page. Every 3 s one request brings the status and the job's panel as the server draws
// it; when the job's state, phase or errors change, the other sections are fetched anew, too. Buttons
// go to the API, and the page stays where it is.

import { send, sentence } from "./api.js";
import { morph } from "./morph.js";
import { keepLooking } from "./poll.js";
import { toast } from "./toast.js";

const unreachable = document.getElementById("unreachable");
const announcement = document.getElementById("announcement");

keepLooking(look);

document.addEventListener("longbox:scan", refresh);
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await send("POST", form.dataset.api, Object.fromEntries(new FormData(form)));
    if (!answer.ok) toast(await sentence(answer));
    await refresh();
    await look(); // for the pill
  } catch {
    toast("The server cannot be reached. Is Longbox running?");
  } finally {
    button.disabled = false;
  }
});

/** Look at the status once; answers whether it is worth looking again. */
async function look() {
  const answer = await send("GET", page().dataset.live).catch(() => null);
  unreachable.hidden = answer !== null;
  if (answer?.ok) await update(await answer.json());
  return answer?.status !== 401; // who does not sign in again has no more to see
}

async function update({ status, html }) {
  document.dispatchEvent(new CustomEvent("longbox:status", { detail: status }));
  const { job } = status;
  if (!job) return;
  const shown = panel()?.dataset ?? {};
  const now = [job.id, job.status, job.phase, job.errors];
  if (now.join() !== [shown.job, shown.state, shown.at, shown.errors].join()) await refresh();
  else morph(document.getElementById("live"), parsed(html).getElementById("live"));
}

/** Fetch the page again and bring its sections to what they are now. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // the next look sees that the page is behind
  const fresh = parsed(await answer.text());
  const before = panel()?.dataset.at + panel()?.dataset.state;
  for (const part of ["#progress", ".page-head"]) {
    morph(document.querySelector(part), fresh.querySelector(part));
  }
  const now = panel();
  if (now && before !== now.dataset.at + now.dataset.state) {
    announcement.textContent = now.querySelector("[data-show=sentence]").textContent;
  }
}

function page() {
  return document.getElementById("progress");
}

function panel() {
  return page().querySelector("[data-job]");
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
