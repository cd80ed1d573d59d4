// The reader: brings the comic, how this person reads, and what they do together.

import { send } from "../api.js";
import { toast } from "../toast.js";
import { Bars } from "./bars.js";
import { Book, Unreadable } from "./book.js";
import { Gestures } from "./gestures.js";
import { isTaken, meaning } from "./keys.js";
import { Paged } from "./paged.js";
import { Pictures } from "./pictures.js";
import { Progress } from "./progress.js";
import { Settings } from "./settings.js";
import { Strip } from "./strip.js";
import { Zoom } from "./zoom.js";

const LAYOUTS = ["single", "double", "vertical", "horizontal"];
const FILTERS = ["brightness", "contrast", "saturation", "sepia", "invert"];

class Reader {
  constructor(root, book, settings, bookmarks) {
    Object.assign(this, { root, book, settings, bookmarks });
    this.stage = root.querySelector("#stage");
    this.bars = new Bars(root, book, settings);
    this.progress = new Progress(book);
    this.pictures = new Pictures(book, () => this.renew());
    this.zoom = new Zoom(this.stage);
    this.playing = null;
    this.bars.scrub((page) => this.show(page));
    this.listen();
    this.colour();
  }

  get isRightToLeft() {
    return this.settings.direction === "rtl";
  }

  get isStrip() {
    return ["vertical", "horizontal"].includes(this.settings.layout);
  }

  /** Lay the book out as the settings say, with that page on screen. */
  lay(page) {
    this.view?.destroy();
    this.zoom.reset();
    const Kind = this.isStrip ? Strip : Paged;
    this.view = new Kind(this.stage, this.book, this.settings, this.pictures);
    this.stage.dataset.layout = this.settings.layout;
    this.show(page);
  }

  show(page) {
    this.bars.hideEnd();
    this.view.show(this.book.within(page));
    this.settled();
  }

  /** Something else is on screen now. */
  settled() {
    const { pages } = this.view;
    this.zoom.reset(this.isStrip ? null : this.view.element.firstElementChild);
    this.bars.at(pages);
    this.root.dataset.page = pages[0];
    this.root.classList.toggle("is-bookmarked", pages.some((page) => this.bookmarks.has(page)));
    history.replaceState(null, "", `?page=${pages[0] + 1}`);
    if (this.hasTurned) this.progress.turned(pages);
  }

  /** Begin at a page. Only turning counts as reading on: a tab that is opened again must not set
   * anybody back who has read on elsewhere. */
  open(page) {
    const { progress } = this.book;
    this.hasTurned = progress === null;
    this.lay(page);
    this.hasTurned = true;
    if (progress && !this.view.pages.includes(progress.page) && !progress.completed) {
      const link = { href: `?page=${progress.page + 1}`, words: "Go there" };
      toast(`You were on page ${progress.page + 1} on ${progress.device || "another device"}.`, link);
    }
  }

  turn(step, move = "turn") {
    if (this.bars.hideEnd() && step !== this.endStep) return;
    if (this.view[move](step)) {
      if (!this.isStrip) this.settled();
    } else this.end(step);
  }

  /** Behind the last page: say so first, and go on to the next issue when asked again. */
  async end(step) {
    this.play(false);
    const id = step > 0 ? this.book.next : this.book.previous;
    if (this.endStep === step && this.endShown && id) return this.go(id);
    this.endStep = step;
    this.endShown = true;
    this.bars.showEnd(step, id ? await issue(id) : null, () => this.go(id));
  }

  go(id) {
    if (id) location.assign(`/read/${id}`);
  }

  /** The comic's file is another than before: begin anew with what it has now. */
  async renew() {
    if (this.renewing) return;
    this.renewing = true;
    try {
      const fresh = await Book.open(this.book.id);
      const isOther = fresh.version !== this.book.version;
      Object.assign(this.book, fresh);
      if (isOther) {
        this.bars.range.max = this.book.last;
        this.lay(this.book.within(this.view.page));
        toast("This comic was replaced on the disk; here is the new one.");
      }
    } catch (problem) {
      toast(problem instanceof Unreadable ? problem.message : "The connection was lost.");
    } finally {
      setTimeout(() => {
        this.renewing = false;
      }, 2000);
    }
  }

  change(name, value) {
    this.settings.set(name, value);
    if (FILTERS.includes(name)) this.colour();
    else if (name === "auto_advance") this.play(this.playing !== null);
    else this.lay(this.view.page);
  }

  colour() {
    for (const name of FILTERS) {
      this.stage.style.setProperty(`--${name}`, `${Number(this.settings.values[name]) * (name === "invert" ? 100 : 1)}%`);
    }
    const usual = { brightness: 100, contrast: 100, saturation: 100, sepia: 0, invert: false };
    const isPlain = FILTERS.every((name) => this.settings.values[name] === usual[name]);
    this.stage.classList.toggle("is-filtered", !isPlain);
  }

  play(wanted = this.playing === null) {
    clearInterval(this.playing);
    this.playing = null;
    this.root.classList.toggle("is-playing", wanted);
    if (!wanted) return;
    const turn = () => this.turn(1, "advance");
    this.playing = setInterval(turn, this.settings.values.auto_advance * 1000);
  }

  async bookmark() {
    const [page] = this.view.pages;
    const isMarked = this.bookmarks.has(page);
    const address = `/api/bookmarks/${this.book.id}/${page}`;
    const answer = await send(isMarked ? "DELETE" : "PUT", address, isMarked ? undefined : {});
    if (!answer.ok) return toast("The bookmark could not be kept. Try again.");
    if (isMarked) this.bookmarks.delete(page);
    else this.bookmarks.add(page);
    this.root.classList.toggle("is-bookmarked", !isMarked);
    toast(isMarked ? `Page ${page + 1} is no longer marked.` : `Page ${page + 1} is marked.`);
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  lookCloser(factor) {
    if (this.isStrip) this.view.setZoom(this.view.zoom * factor);
    else this.zoom.by(factor);
  }

  close() {
    if (this.bars.close()) return;
    if (this.zoom.isClose) this.zoom.reset(this.zoom.sheet);
    else if (this.playing !== null) this.play(false);
    else this.bars.show(false);
  }

  /** Do what a key, a button or a gesture means. */
  do(what) {
    const deeds = {
      next: () => this.turn(1),
      previous: () => this.turn(-1),
      on: () => this.turn(1, "advance"),
      back: () => this.turn(-1, "advance"),
      nextIssue: () => this.go(this.book.next),
      previousIssue: () => this.go(this.book.previous),
      later: () => this.go(this.book.next),
      earlier: () => this.go(this.book.previous),
      first: () => this.show(0),
      last: () => this.show(this.book.last),
      bookmark: () => this.bookmark(),
      grid: () => this.bars.openGrid(this.view.pages, this.bookmarks, (page) => this.show(page)),
      settings: () => this.bars.openSettings((name, value) => this.change(name, value)),
      help: () => this.bars.openHelp(),
      fullscreen: () => this.fullscreen(),
      direction: () => this.change("direction", this.isRightToLeft ? "ltr" : "rtl"),
      zoom: () => (this.isStrip ? this.view.setZoom(1) : this.zoom.toggle()),
      closer: () => this.lookCloser(1.25),
      farther: () => this.lookCloser(0.8),
      whole: () => (this.isStrip ? this.view.setZoom(1) : this.zoom.reset(this.zoom.sheet)),
      bars: () => this.bars.show(),
      play: () => this.play(),
      reset: () => this.resetColours(),
      close: () => this.close(),
    };
    if (LAYOUTS.includes(what)) this.change("layout", what);
    else deeds[what]?.();
  }

  resetColours() {
    const usual = { brightness: 100, contrast: 100, saturation: 100, sepia: 0, invert: false };
    for (const [name, value] of Object.entries(usual)) this.settings.set(name, value);
    this.colour();
    this.bars.redrawSettings?.();
  }

  listen() {
    document.addEventListener("keydown", (event) => {
      const isInDialog = document.querySelector("dialog[open]") !== null;
      const what = meaning(event, this.isRightToLeft);
      if (!what || isTaken(event) || (isInDialog && what !== "close")) return;
      if (isInDialog) return; // a dialog closes by itself
      event.preventDefault();
      this.do(what);
    });
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      button.closest("dialog")?.close();
      this.do(button.dataset.do);
    });
    this.stage.addEventListener("page-changed", () => this.settled());
    this.gestures = new Gestures(this.stage, this, {
      tap: (zone) => this.tap(zone),
      doubleTap: (x, y) => (this.isStrip ? this.view.setZoom(this.view.zoom > 1 ? 1 : 2) : this.zoom.toggle(x, y)),
      swipe: (direction) => this.turn(this.isRightToLeft ? direction : -direction),
      drag: (pixels) => this.view.drag?.(pixels),
      pinch: (factor, x, y) =>
        this.isStrip ? this.view.setZoom(this.view.zoom * factor) : this.zoom.by(factor, x, y),
      pan: (x, y) => (this.isStrip ? undefined : this.zoom.pan(x, y)),
      wheelTurn: (step) => this.turn(step),
    });
  }

  tap(zone) {
    if (zone === "middle") return this.bars.show();
    if (this.isStrip) return this.turn((zone === "right") === !this.isRightToLeft || this.settings.layout === "vertical" && zone === "right" ? 1 : -1, "advance");
    this.turn((zone === "right") !== this.isRightToLeft ? 1 : -1);
  }

  // ---- what the gestures ask

  canDrag() {
    const view = this.view.element;
    return !this.isStrip && view.scrollWidth <= view.clientWidth + 2;
  }

  isClose() {
    return this.zoom.isClose;
  }

  scrolls(event) {
    if (this.isStrip) return true;
    const view = this.view.element;
    if (view.scrollHeight <= view.clientHeight + 2) return false;
    const left = event.deltaY > 0 ? view.scrollHeight - view.clientHeight - view.scrollTop : view.scrollTop;
    return left > 2;
  }
}

/** What a neighbour is called. */
async function issue(id) {
  try {
    const answer = await fetch(`/api/books/${id}`);
    const { series, number, title } = await answer.json();
    return { id, label: [series.name, number ? `#${number}` : title].filter(Boolean).join(" ") };
  } catch {
    return { id, label: "the next issue" };
  }
}

async function bookmarksOf(id) {
  try {
    const answer = await fetch(`/api/bookmarks?book=${id}`);
    if (!answer.ok) return new Set();
    return new Set((await answer.json()).items.map(({ page }) => page));
  } catch {
    return new Set();
  }
}

/** Where to begin: at the page of the address, else where one stopped, else at the cover. */
function beginning(book) {
  const asked = Number(new URLSearchParams(location.search).get("page"));
  if (asked) return book.within(asked - 1);
  const { progress } = book;
  return progress && !progress.completed ? book.within(progress.page) : 0;
}

async function begin() {
  const root = document.getElementById("reader");
  const note = document.getElementById("stage-note");
  try {
    const book = await Book.open(root.dataset.comic);
    const [settings, bookmarks] = await Promise.all([
      Settings.load(book.series.id, book.direction),
      bookmarksOf(book.id),
    ]);
    const reader = new Reader(root, book, settings, bookmarks);
    reader.open(beginning(book));
    root.dataset.ready = "";
  } catch (problem) {
    if (!(problem instanceof Unreadable)) throw problem;
    note.textContent = problem.message;
    note.hidden = false;
  }
}

begin();
