// The progress page. Numbers and sentences are patched from /api/scan/status; when the job's state
// or its errors change, the sections are fetched anew, so that the server's templates stay the only
// ones. Buttons go to the API, and the page stays where it is.

import { send, sentence } from "./api.js";
import { keepLooking } from "./poll.js";
import { toast } from "./toast.js";

const unreachable = document.getElementById("unreachable");
const announcement = document.getElementById("announcement");

keepLooking(async () => {
  const answer = await send("GET", page().dataset.status).catch(() => null);
  unreachable.hidden = answer !== null;
  if (answer?.ok) await update(await answer.json());
  return answer?.status !== 401; // who does not sign in again has no more to see
});

document.addEventListener("longbox:scan", refresh);
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await send("POST", form.dataset.api, Object.fromEntries(new FormData(form)));
    if (!answer.ok) toast(await sentence(answer));
    await refresh();
  } catch {
    toast("The server cannot be reached. Is Longbox running?");
  } finally {
    button.disabled = false;
  }
});

async function update({ job }) {
  if (!job) return;
  const shown = section()?.dataset ?? {};
  const same = [job.id, job.status, job.errors].join() === [shown.job, shown.state, shown.errors].join();
  if (!same) await refresh();
  patch(job);
}

/** Fetch the page again and put its sections in the place of these; the focus stays. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = document.activeElement?.closest("form[data-api]")?.dataset.api;
  for (const part of ["#progress", ".page-head"]) {
    document.querySelector(part).replaceWith(fresh.querySelector(part));
  }
  if (focused) page().querySelector(`form[data-api="${focused}"] button`)?.focus();
}

function page() {
  return document.getElementById("progress");
}

function section() {
  return page().querySelector("[data-job]");
}

function patch(job) {
  const root = section();
  if (!root || Number(root.dataset.job) !== job.id) return;
  for (const place of root.querySelectorAll("[data-show]")) {
    write(place, job[place.dataset.show] ?? "");
  }
  for (const place of root.querySelectorAll("[data-count]")) {
    write(place, job[place.dataset.count].toLocaleString("en"));
    place.toggleAttribute("data-none", !job[place.dataset.count]);
  }
  const bar = root.querySelector("progress");
  const here = job.phases.find((phase) => phase.name === job.phase);
  if (job.status === "running" && job.phase === "discover" && !here.total) {
    bar.removeAttribute("value");
  } else {
    bar.value = job.percent;
  }
  for (const phase of job.phases) mark(root.querySelector(`[data-phase="${phase.name}"]`), phase, job);
}

function mark(step, phase, job) {
  write(step.querySelector("[data-words]"), phase.words);
  if (step.dataset.status !== phase.status) {
    step.dataset.status = phase.status;
    write(step.querySelector("[data-status-word]"), ` ${phase.status}`);
    announcement.textContent = `${phase.label}: ${phase.status}. ${job.sentence}`;
  }
  if (phase.name === job.phase) step.setAttribute("aria-current", "step");
  else step.removeAttribute("aria-current");
}

function write(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
