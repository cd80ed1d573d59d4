// Walls: the next page comes when its end is near, and a library being scanned fills as one looks.
// Both read pages that work by themselves; without this file "More" is a link.

import { keepLooking } from "./poll.js";

const SCREENS_AHEAD = "150%";

const live = document.getElementById("live");

loadAhead();
if (live?.hasAttribute("data-live")) keepAlive();
else if (live && !document.querySelector(".more")) {
  document.addEventListener("longbox:scan", keepAlive, { once: true });
}

function loadAhead() {
  const link = document.querySelector(".more a");
  if (!link || !("IntersectionObserver" in window)) return;
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      append(link);
    },
    { rootMargin: `0px 0px ${SCREENS_AHEAD} 0px` },
  );
  observer.observe(link);
}

/** Append the page behind the link to the wall; on any trouble the link stays what it is. */
async function append(link) {
  const next = await page(link.href);
  const cards = next?.querySelector(".wall")?.children;
  if (!cards) return;
  document.querySelector(".wall").append(...cards);
  const more = next.querySelector(".more");
  const here = document.querySelector(".more");
  if (more) here.replaceWith(more);
  else here.remove();
  announce();
  loadAhead();
}

/** While the page says that a scan is filling it, look again every few seconds. */
function keepAlive() {
  keepLooking(async () => {
    const fresh = (await page(location.href))?.getElementById("live");
    if (!fresh) return true;
    const goesOn = fresh.hasAttribute("data-live");
    renew(live, fresh);
    announce();
    return goesOn;
  });
}

/** Put fresh content in; cards that are there stay, with fresh words, so that no cover flickers. */
function renew(old, fresh) {
  const known = new Map();
  for (const card of old.querySelectorAll(".card")) known.set(keyOf(card), card);
  for (const card of fresh.querySelectorAll(".card")) {
    const same = known.get(keyOf(card));
    if (!same) continue;
    same.className = card.className;
    same.querySelector(".card-name").replaceWith(card.querySelector(".card-name"));
    same.querySelector(".card-note").replaceWith(card.querySelector(".card-note"));
    card.replaceWith(same);
  }
  const focused = document.activeElement;
  const strip = old.querySelector(".strip")?.scrollLeft ?? 0;
  old.replaceChildren(...fresh.childNodes);
  if (old.contains(focused)) focused.focus({ preventScroll: true });
  const renewed = old.querySelector(".strip");
  if (renewed) renewed.scrollLeft = strip;
  loadAhead();
}

function keyOf(card) {
  return `${card.closest("ul").className} ${card.getAttribute("href")}`;
}

async function page(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/** Tell whoever brings covers that there are new cards. */
function announce() {
  document.dispatchEvent(new CustomEvent("longbox:cards"));
}
