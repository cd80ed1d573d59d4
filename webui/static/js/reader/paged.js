// One view of a page or two at a time. The views beside it are laid out already, one screen to each
// side: turning a page moves what has been painted.

import { fitted } from "./fitting.js";
import { isStill } from "./motion.js";
import { viewOf, views } from "./spreads.js";

const BEHIND = 1; // views kept in the document before and behind the one on screen
const AHEAD = 2;
const FETCHED_AHEAD = 4; // views whose pictures are fetched
const SETTLING = 160; // milliseconds

export class Paged {
  constructor(stage, book, settings, pictures) {
    Object.assign(this, { stage, book, settings, pictures });
    this.track = document.createElement("div");
    this.track.className = "track";
    stage.replaceChildren(this.track);
    stage.classList.add("is-paged");
    this.shown = new Map(); // view's index → its element
    this.cut = views(book, settings);
    this.at = 0;
    this.resized = new ResizeObserver(() => this.layOut());
    this.resized.observe(stage);
  }

  destroy() {
    this.resized.disconnect();
    this.stage.classList.remove("is-paged");
    this.stage.replaceChildren();
  }

  /** The first page on screen. */
  get page() {
    return this.cut[this.at][0];
  }

  /** Every page on screen. */
  get pages() {
    return this.cut[this.at];
  }

  get element() {
    return this.shown.get(this.at);
  }

  /** Bring a page on screen. */
  show(page) {
    this.goTo(viewOf(this.cut, page));
  }

  /** Turn by one view; answers false at the end. */
  turn(step) {
    const to = this.at + step;
    if (to < 0 || to >= this.cut.length) return false;
    this.goTo(to);
    return true;
  }

  /** Move on by a screenful where the page is larger than the screen, else turn. */
  advance(step) {
    const view = this.element;
    const left = step > 0 ? view.scrollHeight - view.clientHeight - view.scrollTop : view.scrollTop;
    if (left <= 4) return this.turn(step);
    view.scrollBy({ top: step * view.clientHeight * 0.9 });
    return true;
  }

  goTo(index) {
    this.at = index;
    for (const [one, view] of this.shown) {
      if (one < index - BEHIND || one > index + AHEAD) {
        view.remove();
        this.shown.delete(one);
      }
    }
    this.put(index);
    const view = this.element;
    view.scrollTo({
      top: 0,
      left: this.settings.direction === "rtl" ? view.scrollWidth : 0,
      behavior: "instant",
    });
    this.place();
    this.pictures.keep(this.near(index).filter((page) => this.pictures.has(page)));
    this.comeClose(index);
  }

  /** The neighbours come behind this view's pictures and its paint. */
  async comeClose(index) {
    await this.pictures.there(this.cut[index]);
    await painted();
    if (index !== this.at || !this.track.isConnected) return;
    for (let one = index + 1; one <= Math.min(index + AHEAD, this.cut.length - 1); one++) {
      this.put(one);
    }
    for (let one = index - 1; one >= Math.max(index - BEHIND, 0); one--) this.put(one);
    this.place();
    this.pictures.keep(this.near(index));
  }

  /** The pages that may be wanted soon, in that order. */
  near(index) {
    const ahead = this.cut.slice(index, index + 1 + FETCHED_AHEAD);
    const behind = this.cut.slice(Math.max(0, index - BEHIND), index);
    return [...ahead, ...behind].flat();
  }

  put(index) {
    if (this.shown.has(index)) return;
    const view = document.createElement("div");
    view.className = "view";
    const sheet = document.createElement("div");
    sheet.className = "sheet";
    sheet.append(...this.cut[index].map((page) => this.pictures.element(page)));
    view.append(sheet);
    this.shown.set(index, view);
    this.track.append(view);
    this.fit(index);
  }

  /** Put every view one screen beside the next, and let only the one on screen be reached. */
  place() {
    const step = this.settings.direction === "rtl" ? -100 : 100;
    for (const [index, view] of this.shown) {
      view.style.transform = `translate3d(${(index - this.at) * step}%, 0, 0)`;
      view.toggleAttribute("inert", index !== this.at);
      view.classList.toggle("on-screen", index === this.at);
    }
  }

  /** Follow a finger: shift all by so many pixels. */
  drag(pixels) {
    this.track.style.transform = pixels ? `translate3d(${pixels}px, 0, 0)` : "";
  }

  /** Come to rest from where a finger let go, so many pixels beside the place. */
  settle(pixels) {
    this.drag(0);
    if (isStill()) return;
    this.track.animate([{ transform: `translate3d(${pixels}px, 0, 0)` }, { transform: "none" }], {
      duration: SETTLING,
      easing: "ease-out",
    });
  }

  /** Cut and fit everything anew, with the same page on screen. */
  layOut() {
    const page = this.page;
    const cut = views(this.book, this.settings);
    if (JSON.stringify(cut) !== JSON.stringify(this.cut)) {
      this.cut = cut;
      this.track.replaceChildren();
      this.shown.clear();
      this.show(page);
      this.stage.dispatchEvent(new CustomEvent("page-changed", { bubbles: true }));
    }
    for (const index of this.shown.keys()) this.fit(index);
    this.place();
  }

  fit(index) {
    const room = { width: this.stage.clientWidth, height: this.stage.clientHeight };
    const pages = this.cut[index];
    const sizes = fitted(
      pages.map((page) => this.book.size(page)),
      room,
      this.settings.fit,
    );
    const view = this.shown.get(index);
    const sheet = view.firstElementChild;
    sheet.dir = this.settings.direction;
    [...sheet.children].forEach((image, place) => {
      image.style.width = `${sizes[place].width}px`;
      image.style.height = `${sizes[place].height}px`;
    });
    const breadth = sizes.reduce((sum, { width }) => sum + width, 0);
    view.classList.toggle("is-broad", breadth > room.width + 1);
  }
}

function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
