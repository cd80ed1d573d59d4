// Pictures of pages: fetched ahead in reading direction, decoded off the main thread, tried again
// when the connection was lost, the session had run out or the page is still being unpacked.

import { signIn } from "../sign-in.js";

const KEPT = 12; // pictures held decoded-ready beside those on screen
const TRY_AGAIN = [500, 1000, 2000, 4000, 8000];
const PENDING = new Set([502, 503, 504, 429]);

export class Pictures {
  constructor(book, onChanged) {
    this.book = book;
    this.onChanged = onChanged; // called when the comic's file turns out to be another
    this.ready = new Map(); // page → promise of an <img> that was loaded, the oldest first
  }

  /** An <img> for a page, which shows itself as soon as it is there. */
  element(page) {
    const image = document.createElement("img");
    image.className = "sheet-page";
    image.alt = `Page ${page + 1}`;
    image.draggable = false;
    image.decoding = "async";
    image.dataset.page = page;
    const size = this.book.size(page);
    image.width = size.width;
    image.height = size.height;
    this.load(image, page);
    return image;
  }

  /** Fetch pages that are likely to be read next. */
  ahead(pages) {
    for (const page of pages) {
      if (this.ready.has(page)) continue;
      const image = new Image();
      this.ready.set(page, this.load(image, page));
      while (this.ready.size > KEPT) this.ready.delete(this.ready.keys().next().value);
    }
  }

  /** Give an <img> its page, and keep trying until it has one; resolves when it can be painted. */
  async load(image, page) {
    for (let attempt = 0; ; attempt++) {
      image.src = this.book.address(page);
      try {
        await image.decode();
        image.classList.add("there");
        image.dispatchEvent(new CustomEvent("page-there", { bubbles: true }));
        return image;
      } catch {
        if (!(await this.waitToTryAgain(image, page, attempt))) return image;
      }
    }
  }

  async waitToTryAgain(image, page, attempt) {
    const status = await statusOf(this.book.address(page));
    if (status === 401) return signIn();
    if (status === 404 || status === 410) {
      this.onChanged();
      return false;
    }
    if (status !== 0 && !PENDING.has(status) && attempt >= 2) return false;
    image.classList.toggle("waiting", true);
    await backOnline(TRY_AGAIN[Math.min(attempt, TRY_AGAIN.length - 1)]);
    image.classList.toggle("waiting", false);
    return image.isConnected || attempt < TRY_AGAIN.length;
  }
}

/** How the server answers for an address; 0 when it cannot be reached. */
async function statusOf(address) {
  try {
    return (await fetch(address, { method: "HEAD", headers: { Accept: "image/*" } })).status;
  } catch {
    return 0;
  }
}

/** Wait some time, or less when the connection is back before. */
function backOnline(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
  });
}
