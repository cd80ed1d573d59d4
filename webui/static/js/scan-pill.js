// The pill in the top bar: the phase and the percentage of a scan under way, on every page. One that
// waits for a word is shown to those who may give it.

import { keepLooking } from "./poll.js";

const place = document.getElementById("scan-pill");
let looking = false;

export async function prepareScanPill() {
  if (!place) return;
  document.addEventListener("longbox:scan", look);
  await look();
}

async function look() {
  if (!(await show()) || looking) return;
  looking = true;
  keepLooking(async () => {
    looking = await show();
    return looking;
  });
}

/** Show the state of things; answers whether it is worth looking again. */
async function show() {
  try {
    const answer = await fetch("/api/scan/status");
    const status = answer.ok ? await answer.json() : { active: false };
    const tells = status.active && (status.status !== "held" || status.job.held);
    place.replaceChildren(...(tells ? [pill(status.job)] : []));
    return status.active;
  } catch {
    return looking; // while the server is away, what was shown stays
  }
}

function pill(job) {
  const link = document.createElement("a");
  link.className = "scan-pill chip number";
  link.href = "/progress";
  link.title = job.sentence;
  link.toggleAttribute("data-needs-you", Boolean(job.held));
  link.textContent = job.held ? "Needs you" : job.status[0].toUpperCase() + job.status.slice(1);
  if (job.status === "running") {
    const { label } = job.phases.find((phase) => phase.name === job.phase);
    link.textContent = `${label}\u00a0${Math.floor(job.percent)}\u00a0%`;
  }
  return link;
}
