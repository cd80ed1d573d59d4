// The comic as the reader knows it: its pages with their addresses and sizes, and its neighbours.

import { send, sentence } from "../api.js";
import { placeIn } from "../outbox.js";
import { at } from "../root.js";

const USUAL = { width: 1988, height: 3056 }; // until a page's own size is known

/** A comic that cannot be opened; its message is the sentence for the reader. `isPassing` tells
 * whether it is worth asking again by itself. */
export class Unreadable extends Error {
  constructor(message, isPassing) {
    super(message);
    this.isPassing = isPassing;
  }
}

export class Book {
  /** Fetch what a reader needs to begin; throws Unreadable. */
  static async open(id) {
    const answer = await asked(at(`/api/read/${id}`));
    if (!answer.ok) throw new Unreadable(await sentence(answer), answer.status === 503);
    const contents = await answer.json();
    return new Book({ ...contents, progress: latest(contents) });
  }

  constructor(contents) {
    this.chapters = [];
    Object.assign(this, contents);
  }

  get last() {
    return this.pages.length - 1;
  }

  /** A page's size in pixels; that of a usual page while nobody knows. */
  size(page) {
    const { width, height } = this.pages[page];
    return width && height ? { width, height } : USUAL;
  }

  /** Take down a page's size as the browser found it; answers whether that is news. */
  learn(page, width, height) {
    const known = this.pages[page];
    if (!width || (known.width === width && known.height === height)) return false;
    Object.assign(known, { width, height });
    return true;
  }

  /** A page's address, `width` pixels wide if that is given. */
  address(page, width) {
    return this.pages[page].url + (width ? `&width=${width}` : "");
  }

  /** A page number that exists. */
  within(page) {
    return Math.max(0, Math.min(this.last, page));
  }

  /** The pages that are not hidden from reading; all of them where none would be left. */
  shown() {
    const numbers = this.pages.map((_page, number) => number);
    const shown = numbers.filter((number) => !this.pages[number].hidden);
    return shown.length ? shown : numbers;
  }

  /** The title of the chapter that a page is in, "" where there is none. */
  chapterOf(page) {
    return this.chapters.findLast((chapter) => chapter.page <= page)?.title ?? "";
  }
}

async function asked(address) {
  try {
    return await send("GET", address);
  } catch {
    throw new Unreadable("Longbox cannot be reached. This comic opens as soon as it can.", true);
  }
}

/** Where one is: as the server knows, or as this browser does, which has not told it yet. */
function latest({ id, progress }) {
  const untold = placeIn(id);
  const isLater = untold && !(progress && Date.parse(progress.read_at) > Date.parse(untold.at));
  return isLater ? untold : progress;
}
