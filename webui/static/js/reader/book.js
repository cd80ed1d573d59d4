// The comic as the reader knows it: its pages with their addresses and sizes, and its neighbours.

import { send, sentence } from "../api.js";

const USUAL = { width: 1988, height: 3056 }; // until a page's own size is known

/** A comic that cannot be opened; its message is the sentence for the reader. */
export class Unreadable extends Error {}

export class Book {
  /** Fetch what a reader needs to begin; throws Unreadable. */
  static async open(id) {
    const answer = await send("GET", `/api/read/${id}`);
    if (!answer.ok) throw new Unreadable(await sentence(answer));
    return new Book(await answer.json());
  }

  constructor(contents) {
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

  /** The next page in a direction that is not hidden from reading; null at the end. */
  beside(page, step) {
    for (let at = page + step; at >= 0 && at <= this.last; at += step) {
      if (!this.pages[at].hidden) return at;
    }
    return null;
  }
}
