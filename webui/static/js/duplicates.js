// Duplicates and shared pages: the list of files, the keys that turn the compared pages, pictures
// that were not unpacked at once, and news of a check or a survey under way. All works without this file, too,
// but for the list of what was chosen.

import { keepLooking } from "./poll.js";
import { at } from "./root.js";
import { toast } from "./toast.js";

const TRY_AGAIN = [1000, 2000, 4000, 8000]; // milliseconds

// ---- the files of all copies that are not kept

const copy = document.querySelector("[data-copy-files]");

if (copy) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    const chosen = "[data-group]:has(.keep input:checked) [data-file]";
    const others = [...document.querySelectorAll(chosen)].filter(
      (one) => !one.querySelector(".keep input").checked,
    );
    const files = others.map((one) => one.dataset.file);
    toast(await put(`${files.join("\n")}\n`, files.length));
  });
}

async function put(text, many) {
  try {
    await navigator.clipboard.writeText(text);
    return many === 1 ? "The path of 1 file is copied." : `The paths of ${many} files are copied.`;
  } catch {
    return "The browser does not let this page copy. Take the whole list instead.";
  }
}

// ---- pages beside each other

const comparison = document.querySelector(".comparison");

if (comparison) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
    const turn = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    document.querySelector(`[data-turn=${turn}]`)?.click();
  });
  for (const { dataset } of comparison.children) tellPixels(dataset.comic);
}

/** Say how large the page's picture is, where that is known without unpacking it. */
async function tellPixels(comic) {
  const answer = await fetch(at(`/api/read/${comic}`)).catch(() => null);
  if (!answer?.ok) return;
  const { width, height } = (await answer.json()).pages[comparison.dataset.page] ?? {};
  const words = comparison.querySelector(`[data-pixels="${comic}"]`);
  words.textContent = `${width} × ${height} pixels`;
  words.hidden = !width;
}

// ---- pictures that are still being unpacked

for (const image of document.querySelectorAll("[data-retry]")) {
  let attempt = 0;
  const again = () => {
    if (attempt === TRY_AGAIN.length) return;
    setTimeout(() => {
      const { src } = image;
      image.src = "";
      image.src = src;
    }, TRY_AGAIN[attempt++]);
  };
  image.addEventListener("error", again);
  if (image.complete && !image.naturalWidth && image.loading !== "lazy") again();
}

// ---- copies that are being read through

const checking = document.querySelector("[data-checking]");

if (checking) {
  keepLooking(async () => {
    const answer = await fetch(checking.dataset.checking).catch(() => null);
    if (answer?.ok && (await answer.json()).checking) return true;
    if (answer) location.reload();
    return answer === null;
  });
}

// ---- a survey under way

const underWay = document.querySelector("[data-survey]");

if (underWay) {
  keepLooking(async () => {
    const answer = await fetch(underWay.dataset.survey).catch(() => null);
    if (!answer?.ok) return answer === null;
    const { newest, under_way } = await answer.json();
    if (under_way && String(newest?.id ?? 0) === underWay.dataset.newest) return true;
    location.reload();
    return false;
  });
}
