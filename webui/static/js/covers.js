// Brings covers to the cards that wait for one: those on screen, with one request for all of them.
//
// A box that waits is `.cover[data-comic]`. The server is asked again while some are still being
// made, sooner while covers arrive and later while none do; what was scrolled away is not asked for.

import { send } from "./api.js";
import { at } from "./root.js";

const MOST_AT_ONCE = 120; // what the server answers in one go
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 3000;
const SETTLE = 60; // ms for the boxes of one page, or of one flick of the thumb, to come together

const onScreen = new Set();
let pause = FIRST_PAUSE;
let timer = null;
let asking = false;

const watcher = new IntersectionObserver(look, { rootMargin: "40% 0px" });

watchAll();
document.addEventListener("longbox:cards", watchAll);
document.addEventListener("visibilitychange", () => ask(SETTLE));

function watchAll() {
  for (const box of document.querySelectorAll(".cover[data-comic]")) watcher.observe(box);
}

function look(entries) {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && target.dataset.comic) onScreen.add(target);
    else onScreen.delete(target);
  }
  pause = FIRST_PAUSE;
  ask(SETTLE);
}

/** Ask in so many milliseconds, or sooner if that was planned. */
function ask(delay) {
  if (asking || document.hidden || onScreen.size === 0) return;
  const at = performance.now() + delay;
  if (timer && timer.at <= at) return;
  clearTimeout(timer?.id);
  timer = { at, id: setTimeout(askNow, delay) };
}

async function askNow() {
  timer = null;
  asking = true;
  const boxes = [...onScreen].slice(-MOST_AT_ONCE); // the last to come on screen
  const answer = await news(new Set(boxes.map((box) => box.dataset.comic)));
  asking = false;
  const settled = answer ? boxes.filter((box) => settle(box, answer)).length : 0;
  pause = settled ? FIRST_PAUSE : Math.min(pause * 1.5, LONGEST_PAUSE);
  ask(pause);
}

async function news(ids) {
  try {
    const answer = await send("GET", at(`/api/covers?ids=${[...ids].join(",")}`));
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // no connection just now
  }
}

/** Do what the answer says of a box; false while its cover is still being made. */
function settle(box, { ready, failed, pending }) {
  const id = Number(box.dataset.comic);
  if (pending.includes(id)) return false;
  onScreen.delete(box);
  if (ready[id]) show(box, ready[id]);
  else giveUp(box, failed[id]?.message);
  return true;
}

function show(box, address) {
  const picture = document.createElement("img");
  picture.alt = "";
  picture.className = "arriving";
  picture.decoding = "async";
  picture.addEventListener("load", () => {
    release(box);
    requestAnimationFrame(() => picture.classList.remove("arriving"));
  });
  picture.addEventListener("error", () => {
    picture.remove();
    watcher.unobserve(box); // being observed anew, it is asked for again if it is still on screen
    setTimeout(() => watcher.observe(box), LONGEST_PAUSE);
  });
  picture.src = address;
  box.append(picture);
}

function giveUp(box, reason) {
  release(box);
  box.classList.add("no-cover");
  if (reason) box.title = `No cover: ${reason}`;
}

function release(box) {
  watcher.unobserve(box);
  delete box.dataset.comic;
}
