// The reader without a connection: the page that the service worker keeps knows no comic. The address
// has its id, and what is kept of it the rest. Runs before reader/main.js.

import { at } from "../root.js";
import { nameOf } from "./keep-offline.js";
import { contentsOf } from "./kept.js";

const KEPT = at("/offline"); // where one can go from here
const id = location.pathname.split("/").pop();
const reader = document.getElementById("reader");
const nowhere = reader.dataset.comicPage;
reader.dataset.comic = id;
reader.dataset.comicPage = KEPT;
for (const link of document.querySelectorAll("a")) {
  if (link.getAttribute("href") === nowhere) link.href = KEPT;
}
describe();

async function describe() {
  const contents = await contentsOf(id);
  if (!contents) return;
  const { series, number, title, pages } = contents;
  document.title = `${nameOf(series, number, title)} · Longbox`;
  document.querySelector(".bar-title b").textContent = series.name;
  document.querySelector(".bar-title span").textContent = nameOf(null, number, title);
  document.getElementById("scrub").max = pages.length - 1;
}
