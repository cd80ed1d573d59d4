// A dry run under way: looked at every second until it has ended.

import { morph } from "./morph.js";

const SECONDS = 1;

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    morph(shown(), page.getElementById("dry-run"));
  }
  goOn();
}

function goOn() {
  if (shown().dataset.state === "running") setTimeout(look, SECONDS * 1000);
}

function shown() {
  return document.getElementById("dry-run");
}

goOn();
