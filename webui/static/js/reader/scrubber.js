// The slider through the book: where one is, what one passes, where chapters begin and what is
// marked.

import { THUMB } from "./grid.js";

const LATER = 90; // milliseconds a thumb stays in a place before its picture is fetched

export class Scrubber {
  /** `goTo(page)` is called where the slider is let go. */
  constructor(root, book, settings, marks, goTo) {
    Object.assign(this, { book, settings, marks });
    this.range = root.querySelector("#scrub");
    this.preview = root.querySelector("#scrub-preview");
    this.ticks = root.querySelector("#scrub-ticks");
    this.range.addEventListener("input", () => this.peek(Number(this.range.value)));
    this.range.addEventListener("change", () => {
      this.hidePreview();
      goTo(Number(this.range.value));
    });
    this.range.addEventListener("blur", () => this.hidePreview());
  }

  /** Draw what there is to know of the book. */
  draw() {
    this.range.max = this.book.last;
    this.range.dir = this.settings.direction;
    this.ticks.dir = this.settings.direction;
    const kinds = new Map();
    for (const { page } of this.book.chapters) if (page) kinds.set(page, "chapter");
    for (const { page } of this.marks.notes.values()) kinds.set(page, "note");
    for (const page of this.marks.bookmarks) kinds.set(page, "bookmark");
    const ticks = [...kinds].map(([page, kind]) => {
      const tick = document.createElement("i");
      tick.className = `tick-${kind}`;
      tick.style.insetInlineStart = `${this.share(page) * 100}%`;
      return tick;
    });
    this.ticks.replaceChildren(...ticks);
  }

  /** The thumb is where these words say. */
  at(page, words) {
    this.range.value = page;
    this.range.setAttribute("aria-valuetext", words);
  }

  share(page) {
    return this.book.last ? page / this.book.last : 0;
  }

  peek(page) {
    const [image, words] = this.preview.children;
    const share = this.share(page);
    const left = this.settings.direction === "rtl" ? 1 - share : share;
    this.preview.style.setProperty("--at", left);
    words.textContent = [this.book.chapterOf(page), page + 1].filter(Boolean).join(" · ");
    this.range.setAttribute("aria-valuetext", `Page ${page + 1} of ${this.book.pages.length}`);
    image.removeAttribute("src"); // rather none than another page's
    this.preview.hidden = false;
    clearTimeout(this.peeking);
    this.peeking = setTimeout(() => {
      image.src = this.book.address(page, THUMB);
    }, LATER);
  }

  hidePreview() {
    clearTimeout(this.peeking);
    this.preview.hidden = true;
  }
}
