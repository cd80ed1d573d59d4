// Pictures of pages: fetched ahead in reading direction, decoded off the main thread, tried again
// when the connection was lost, the session had run out or the page is still being unpacked.

import { signIn } from "../sign-in.js";

const TRY_AGAIN = [500, 1000, 2000, 4000, 8000];
const TRIES = 2; // of a picture that is there, or refused
const PENDING = new Set([502, 503, 504, 429]);

export class Pictures {
  /** `sized()` is called when a page's size turns out to be another, `changed()` when the file is. */
  constructor(book, { sized, changed }) {
    Object.assign(this, { book, sized, changed });
    this.held = new Map(); // page → { image, there: a promise for when it can be painted }
  }

  /** The one <img> of a page, which shows itself as soon as it is there. */
  element(page) {
    return this.hold(page).image;
  }

  /** Resolves when all of these pages can be painted, or are given up. */
  there(pages) {
    return Promise.all(pages.map((page) => this.hold(page).there));
  }

  /** Hold these pages, fetched in this order, and let go of all others: their requests end, so
   * that whoever leafs through a book on a slow line need not wait for what was passed over. */
  keep(pages) {
    const wanted = new Set(pages);
    for (const page of [...this.held.keys()]) if (!wanted.has(page)) this.drop(page);
    pages.forEach((page) => this.hold(page));
  }

  has(page) {
    return this.held.has(page);
  }

  drop(page) {
    const { image } = this.held.get(page);
    this.held.delete(page);
    image.removeAttribute("src");
    image.remove();
  }

  hold(page) {
    if (!this.held.has(page)) {
      const image = this.imageFor(page);
      const one = { image };
      this.held.set(page, one);
      one.there = this.load(image, page);
    }
    return this.held.get(page);
  }

  imageFor(page) {
    const image = document.createElement("img");
    image.className = "sheet-page";
    image.alt = `Page ${page + 1}`;
    image.draggable = false;
    image.decoding = "async";
    image.dataset.page = page;
    return image;
  }

  isHeld(image, page) {
    return this.held.get(page)?.image === image;
  }

  /** Give an <img> its page, and keep trying until it has one or nobody wants it any more. */
  async load(image, page) {
    for (let attempt = 0; ; attempt++) {
      image.classList.remove("absent");
      image.src = this.book.address(page);
      try {
        await image.decode();
        break;
      } catch {
        image.classList.add("absent");
        if (!this.isHeld(image, page)) return;
        if (!(await this.waitToTryAgain(image, page, attempt))) return giveUp(image, page);
      }
    }
    image.classList.add("there");
    if (this.book.learn(page, image.naturalWidth, image.naturalHeight)) this.sized();
  }

  async waitToTryAgain(image, page, attempt) {
    const { status, seconds } = await stateOf(this.book.address(page));
    if (status === 401) return signIn();
    if (status === 200 && attempt < TRIES) return this.isHeld(image, page); // it is there by now
    if (status === 404 || status === 410) {
      this.changed();
      return false;
    }
    if (status !== 0 && !PENDING.has(status) && attempt >= TRIES) return false;
    image.classList.add("waiting");
    await backOnline(seconds * 1000 || TRY_AGAIN[Math.min(attempt, TRY_AGAIN.length - 1)]);
    image.classList.remove("waiting");
    return this.isHeld(image, page);
  }
}

function giveUp(image, page) {
  image.alt = `Page ${page + 1} cannot be shown here.`;
  image.classList.replace("absent", "failed");
}

/** How the server answers for an address, 0 when it cannot be reached, and in how many seconds it
 * wants to be asked again. */
async function stateOf(address) {
  try {
    const answer = await fetch(address, { method: "HEAD", headers: { Accept: "image/*" } });
    return { status: answer.status, seconds: Number(answer.headers.get("Retry-After")) };
  } catch {
    return { status: 0, seconds: 0 };
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
