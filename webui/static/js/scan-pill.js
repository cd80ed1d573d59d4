// The pill in the top bar: the phase and the percentage of a scan under way, on every page, and that
// something needs an admin. The progress page looks at the status itself, and tells.

import { showNotices } from "./notices.js";
import { keepLooking } from "./poll.js";
import { at } from "./root.js";

const place = document.getElementById("scan-pill");
let looking = false;

export async function prepareScanPill() {
  if (!place) return;
  document.addEventListener("longbox:scan", look);
  document.addEventListener("longbox:status", (event) => show(event.detail));
  await look();
}

async function look() {
  if (!(await ask()) || looking || document.querySelector("#progress[data-live]")) return;
  looking = true;
  keepLooking(async () => {
    looking = await ask();
    return looking;
  });
}

/** Look at the state of things; answers whether it is worth looking again. */
async function ask() {
  try {
    const answer = await fetch(at("/api/scan/status"));
    const status = answer.ok ? await answer.json() : { active: false, needs: [], notices: [] };
    show(status);
    return status.active;
  } catch {
    return looking; // while the server is away, what was shown stays
  }
}

function show({ active, status, job, needs, notices }) {
  const words = [];
  if (needs.length) words.push(need(needs));
  if (active && status !== "held") words.push(pill(job));
  place.replaceChildren(...words);
  showNotices(notices);
}

function need(needs) {
  const href = at(needs.length === 1 && needs[0].job ? `/progress/${needs[0].job}` : "/progress");
  const words = needs.map(({ library, sentence }) => (library ? `${library}: ${sentence}` : sentence));
  const link = chip(href, words.join("\n"));
  link.dataset.needsYou = "";
  link.textContent = needs.length === 1 ? "Needs you" : `${needs.length} need you`;
  return link;
}

function pill(job) {
  const link = chip(at("/progress"), job.sentence);
  link.textContent = job.status[0].toUpperCase() + job.status.slice(1);
  if (job.status === "running") {
    const { label } = job.phases.find((phase) => phase.name === job.phase);
    link.textContent = `${label}\u00a0${Math.floor(job.percent)}\u00a0%`;
  }
  return link;
}

function chip(href, title) {
  const link = document.createElement("a");
  link.className = "scan-pill chip number";
  link.href = href;
  link.title = title;
  return link;
}
