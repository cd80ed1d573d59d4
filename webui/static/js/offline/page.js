// The page of what is kept in this browser. It is also shown, by the service worker, in the place of a
// page that cannot be reached.

import { confirm } from "../dialog.js";
import { placeIn } from "../outbox.js";
import { at } from "../root.js";
import { keep, nameOf, problemWords, progressWords } from "./keep-offline.js";
import { keepGoing } from "./keeper.js";
import * as kept from "./kept.js";

const TONES = 12; // as in webui/cards.py
const READER = /\/read\/\d+$/;

const $ = (id) => document.getElementById(id);
const rows = new Map(); // comic's id → its <li>

if (location.pathname !== at("/offline")) standIn();
if (kept.isPossible) begin();
else if (globalThis.isSecureContext) $("not-possible").hidden = false;
else $("not-here").hidden = false;

/** This is not the page that was asked for: say so, and go there as soon as it can be reached. */
function standIn() {
  document.title = "No connection · Longbox";
  $("no-connection").hidden = false;
  if (READER.test(location.pathname)) {
    $("what-is-missing").textContent = "This comic is not kept in this browser, and the server cannot be reached just now.";
  }
  $("try-again").addEventListener("click", () => location.reload());
  addEventListener("online", async () => {
    if (await isReached()) location.reload();
  });
}

/** Whether the server answers: a network is not the server yet. */
async function isReached() {
  try {
    return (await fetch(at("/healthz"), { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function begin() {
  kept.onChange((id, record) => {
    draw(id, record);
    drawRoom();
  });
  $("remove-all").addEventListener("click", removeAll);
  const records = await kept.all();
  await drawRoom(records.length); // above the list, which is not to jump
  for (const record of records) await draw(record.id, record);
  drawWhole();
  keepGoing();
}

async function draw(id, record) {
  let row = rows.get(id);
  if (!record) {
    row?.remove();
    rows.delete(id);
    return drawWhole();
  }
  row ??= add(record);
  if (row.dataset.state !== record.state || row.dataset.name !== record.series?.name) await name(row, record);
  const isWanted = record.state === kept.State.WANTED;
  const bar = row.querySelector("progress");
  bar.hidden = !isWanted;
  bar.max = record.pages || 1;
  bar.value = record.done;
  row.querySelector("[data-what]").textContent = await wordsFor(record);
  row.querySelector("[data-read]").hidden = record.done === 0;
  row.querySelector("[data-again]").hidden = isWanted || record.state === kept.State.KEPT;
  row.querySelector("[data-remove]").textContent = isWanted ? "Cancel" : "Remove";
}

function add({ id, name: called }) {
  const row = $("kept-comic").content.firstElementChild.cloneNode(true);
  rows.set(id, row);
  for (const link of row.querySelectorAll("a")) link.href = at(`/read/${id}`);
  row.querySelector("[data-remove]").addEventListener("click", () => kept.remove(id));
  row.querySelector("[data-again]").addEventListener("click", () => keep([{ id, name: called }]));
  $("kept").append(row);
  drawWhole();
  return row;
}

/** What does not change with each page: the comic's name and its cover. */
async function name(row, record) {
  const { series, number, title, state } = record;
  row.dataset.state = state;
  if (series) row.dataset.name = series.name;
  const called = series && (number || title) ? nameOf(series, number, title) : record.name;
  row.querySelector(".kept-name").textContent = called;
  row.querySelector("[data-read]").setAttribute("aria-label", `Read ${called}`);
  row.querySelector("[data-remove]").setAttribute("aria-label", `Remove ${called}`);
  const box = row.querySelector(".kept-cover");
  box.setAttribute("aria-label", called);
  box.classList.replace("tone-0", `tone-${(series?.id ?? 0) % TONES}`);
  row.querySelector(".in-place b").textContent = series?.name ?? called;
  row.querySelector(".in-place i").textContent = number ?? "";
  const picture = await kept.coverOf(record.id);
  if (!picture || box.querySelector("img")) return;
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(picture);
  box.append(image);
}

async function wordsFor(record) {
  if (record.state === kept.State.WANTED) return progressWords(record);
  if (record.state !== kept.State.KEPT) return problemWords(record);
  const pages = record.pages === 1 ? "1 page" : `${record.pages} pages`;
  const contents = await kept.contentsOf(record.id);
  return [await placeWords(record, contents), pages, kept.size(record.bytes)].filter(Boolean).join(" · ");
}

async function placeWords({ id }, contents) {
  const read = placeIn(id) ?? contents?.progress;
  if (!read) return "";
  return read.completed ? "Read" : `On page ${read.page + 1}`;
}

function drawWhole() {
  $("nothing").hidden = rows.size > 0;
  $("remove-all").hidden = rows.size < 2;
}

/** How much of what the browser gives is used. */
async function drawRoom(many = rows.size) {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  $("room").hidden = !quota || many === 0;
  if (!quota) return;
  const isSafe = await navigator.storage.persisted?.();
  const careful = isSafe ? "" : " The browser may take it away when the device runs short of space.";
  $("room-bar").value = usage / quota;
  $("room-words").textContent = `${kept.size(usage)} used of ${kept.size(quota)} that this browser gives Longbox.${careful}`;
}

async function removeAll() {
  const isAgreed = await confirm({
    heading: "Remove all from this browser?",
    text: "They stay on the server, and so does what you have read.",
    agree: "Remove all",
    danger: true,
  });
  if (!isAgreed) return;
  for (const id of [...rows.keys()]) await kept.remove(id);
}
