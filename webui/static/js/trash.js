// The trash: all boxes of a page at once, and how far a purge under way is. Without this file the
// page works as it is.

import { keepLooking } from "./poll.js";

const all = document.querySelector("[data-choose-all]");
const boxes = [...document.querySelectorAll(".trash-list input[type=checkbox]")];

if (all && boxes.length > 1) {
  const box = all.querySelector("input");
  all.hidden = false;
  box.addEventListener("change", () => {
    for (const one of boxes) one.checked = box.checked;
  });
  for (const one of boxes) {
    one.addEventListener("change", () => {
      box.checked = boxes.every((other) => other.checked);
    });
  }
}

const underWay = document.querySelector("[data-purge]");

if (underWay) {
  keepLooking(async () => {
    const answer = await fetch(underWay.dataset.purge).catch(() => null);
    if (!answer?.ok) return answer === null;
    const { purge } = await answer.json();
    if (purge.completed_at) {
      location.reload();
      return false;
    }
    const numbers = [purge.purged, purge.total].map((many) => many.toLocaleString("en"));
    underWay.querySelector("span").textContent = `${numbers.join(" of ")} comics are forgotten so far.`;
    return true;
  });
}
