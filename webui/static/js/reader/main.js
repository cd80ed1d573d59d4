// The reader: brings the comic, how this person reads, and what they do together.

import { at } from "../root.js";
import { toast } from "../toast.js";
import { remember, remembered } from "../user.js";
import { showInAddress } from "./address.js";
import { Autoplay } from "./autoplay.js";
import { Bars } from "./bars.js";
import { Book, Unreadable } from "./book.js";
import { EndCard } from "./end-card.js";
import { Filters } from "./filters.js";
import { Gestures } from "./gestures.js";
import { Grid } from "./grid.js";
import { isTaken, meaning } from "./keys.js";
import { Marks } from "./marks.js";
import { Notes } from "./notes.js";
import { Paged } from "./paged.js";
import { Pictures } from "./pictures.js";
import { isOfThisBrowser, Progress } from "./progress.js";
import { Scrubber } from "./scrubber.js";
import { Settings } from "./settings.js";
import { Strip } from "./strip.js";
import { Zoom } from "./zoom.js";

const LAYOUTS = ["single", "double", "vertical", "horizontal"];
const ASK_AGAIN = 2000; // milliseconds
const TOLD = "complaint"; // what is remembered: the version of which it was told
const QUIET = 400; // milliseconds on a page until it is read out

class Reader {
  constructor(root, book, settings, marks) {
    Object.assign(this, { root, book, settings, marks });
    this.stage = root.querySelector("#stage");
    const show = (page) => this.show(page);
    this.bars = new Bars(root, book, settings);
    this.scrubber = new Scrubber(root, book, settings, marks, show);
    this.grid = new Grid(root, book, settings, marks, show);
    this.notes = new Notes(root, marks, () => this.marked());
    this.endCard = new EndCard(root, book, (id) => this.go(id));
    this.filters = new Filters(this.stage, settings);
    this.autoplay = new Autoplay(root, settings, () => this.turn(1, "advance"));
    this.progress = new Progress(book);
    this.pictures = new Pictures(book, {
      sized: () => this.view.layOut(),
      changed: () => this.renew(),
    });
    this.zoom = new Zoom(this.stage);
    this.listen();
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
    this.scrubber.draw();
    this.show(page);
  }

  show(page) {
    this.endCard.hide();
    this.view.show(this.book.within(page));
    this.settled();
  }

  /** Something else is on screen now. */
  settled() {
    const { pages } = this.view;
    this.zoom.reset(this.isStrip ? null : this.view.element.firstElementChild);
    this.scrubber.at(pages[0], `Page ${this.bars.at(pages)}`);
    this.root.dataset.page = pages[0];
    this.marked();
    this.readOut(pages);
    showInAddress(pages[0]);
    this.autoplay.again();
    if (this.hasTurned) this.progress.turned(pages);
  }

  /** Bookmarks or notes are others, or it is another page that may have them. */
  marked() {
    const { pages } = this.view;
    const isMarked = pages.some((page) => this.marks.bookmarks.has(page));
    this.root.classList.toggle("is-bookmarked", isMarked);
    this.root.querySelector("[data-do=bookmark]").setAttribute("aria-pressed", isMarked);
    this.root.classList.toggle("is-noted", this.marks.notesOn(pages).length > 0);
  }

  /** Tell those who do not see it which page this is, once they have stopped turning. */
  readOut(pages) {
    clearTimeout(this.reading);
    this.reading = setTimeout(() => {
      const words = `Page ${pages.map((page) => page + 1).join(" and ")}`;
      this.root.querySelector("#said").textContent = words;
    }, QUIET);
  }

  /** Begin at a page. Only turning counts as reading on: a tab that is opened again must not set
   * anybody back who has read on elsewhere. */
  open(page) {
    const { progress } = this.book;
    this.hasTurned = progress === null;
    this.lay(page);
    this.hasTurned = true;
    if (progress && this.isElsewhere(progress)) {
      const link = { href: `?page=${progress.page + 1}`, words: "Go there" };
      toast(`You were on page ${progress.page + 1} on ${progress.device || "another device"}.`, link);
    } else this.tellWhatIsMissing();
  }

  /** Whether another browser is at a page that is not on screen. */
  isElsewhere({ page, completed, session }) {
    return !completed && !isOfThisBrowser(session) && !this.view.pages.includes(page);
  }

  /** Say once, in each browser, that not all of the comic is there; the comic's own page says so
   * itself. */
  tellWhatIsMissing() {
    const { id, version, complaint } = this.book;
    if (!complaint || remembered(TOLD, id) === version) return;
    const comicPage = new URL(this.root.dataset.comicPage, location.href);
    if (document.referrer.split("?")[0] !== comicPage.href) this.complaint = toast(complaint);
    remember(TOLD, id, version);
  }

  turn(step, move = "turn") {
    this.complaint?.remove(); // who turns on has read it
    this.bars.show(false);
    const { step: ended } = this.endCard;
    if (ended && ended !== step) return this.endCard.hide(); // back to the page behind the card
    if (!this.view[move](step)) this.end(step);
    else if (!this.isStrip) this.settled();
  }

  /** Behind the last page: say so first, and go on to the next issue when asked again. A key that
   * is held down does not ask. */
  end(step) {
    this.autoplay.play(false);
    if (this.endCard.step !== step) this.endCard.show(step);
    else if (!this.isHeld) this.go(this.endCard.idFor(step));
  }

  go(id) {
    if (id) location.assign(at(`/read/${id}`));
  }

  /** The comic's file is another than before: begin anew with what it has now. */
  async renew() {
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      const fresh = await Book.open(this.book.id);
      const isOther = fresh.version !== this.book.version;
      const { page } = this.view;
      if (isOther) {
        this.pictures.keep([]);
        Object.assign(this.book, fresh);
        this.lay(page);
        toast("This comic was replaced on the disk; here is the new one.");
      }
    } catch (problem) {
      toast(problem instanceof Unreadable ? problem.message : "The connection was lost.");
    } finally {
      setTimeout(() => {
        this.isRenewing = false;
      }, ASK_AGAIN);
    }
  }

  change(name, value) {
    this.settings.set(name, value);
    if (this.filters.has(name)) this.filters.apply();
    else if (name === "auto_advance") this.autoplay.again();
    else this.lay(this.view.page);
  }

  async bookmark() {
    toast(await this.marks.toggle(this.view.page));
    this.marked();
    this.scrubber.draw();
  }

  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen?.().catch(() => {});
  }

  lookCloser(factor, x, y) {
    if (this.isStrip) this.view.setZoom(this.view.zoom * factor, x, y);
    else this.zoom.by(factor, x, y);
  }

  lookCloserOrBack(x, y) {
    if (this.isStrip) this.view.setZoom(this.view.zoom > 1 ? 1 : 2, x, y);
    else this.zoom.toggle(x, y);
  }

  lookAtTheWhole() {
    if (this.isStrip) this.view.setZoom(1);
    else this.zoom.reset(this.zoom.sheet);
  }

  close() {
    if (this.bars.close() || this.endCard.hide()) return;
    if (this.zoom.isClose) this.lookAtTheWhole();
    else if (this.autoplay.isOn) this.autoplay.play(false);
    else this.bars.show(false);
  }

  resetColours() {
    this.filters.reset();
    this.bars.drawSettings();
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
      first: () => this.show(0),
      last: () => this.show(this.book.last),
      bookmark: () => this.bookmark(),
      notes: () => this.notes.open(this.view.pages),
      grid: () => this.grid.open(this.view.pages),
      settings: () => this.bars.openSettings((name, value) => this.change(name, value)),
      help: () => this.bars.openHelp(),
      fullscreen: () => this.fullscreen(),
      direction: () => this.change("direction", this.isRightToLeft ? "ltr" : "rtl"),
      zoom: () => this.lookCloserOrBack(),
      closer: () => this.lookCloser(1.25),
      farther: () => this.lookCloser(0.8),
      whole: () => this.lookAtTheWhole(),
      bars: () => this.bars.show(),
      play: () => this.autoplay.play(),
      reset: () => this.resetColours(),
      close: () => this.close(),
    };
    if (LAYOUTS.includes(what)) this.change("layout", what);
    else deeds[what]?.();
  }

  listen() {
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-do]");
      if (!button) return;
      if (button.dataset.do !== "reset") button.closest("dialog")?.close();
      this.do(button.dataset.do);
    });
    this.stage.addEventListener("page-changed", () => this.settled());
    this.gestures = new Gestures(this.stage, this, {
      tap: (zone) => this.tap(zone),
      doubleTap: (x, y) => this.lookCloserOrBack(x, y),
      swipe: (direction, gone) => this.swipe(direction, gone),
      drag: (pixels) => this.view.drag?.(pixels),
      settle: (pixels) => this.view.settle?.(pixels),
      pinch: (factor, x, y) => this.lookCloser(factor, x, y),
      pan: (x, y) => (this.zoom.isClose ? this.zoom.pan(x, y) : this.view.element.scrollBy(-x, -y)),
      wheelTurn: (step) => this.turn(step),
    });
  }

  pressed(event) {
    if (document.querySelector("dialog[open]")) return; // it has the keys, Esc among them
    if (event.key === "Tab") this.bars.show(true); // what is hidden cannot be reached
    const what = meaning(event, this.isRightToLeft);
    if (!what || isTaken(event)) return;
    event.preventDefault();
    this.isHeld = event.repeat;
    this.do(what);
    this.isHeld = false;
  }

  tap(zone) {
    if (zone === "middle") return this.bars.show();
    const isOn = (zone === "right") !== (this.isRightToLeft && this.settings.layout !== "vertical");
    this.turn(isOn ? 1 : -1, this.isStrip ? "advance" : "turn");
  }

  swipe(direction, gone) {
    const before = this.view.page;
    this.turn(this.isRightToLeft ? direction : -direction);
    const isOther = this.view.page !== before;
    this.view.settle?.(gone - (isOther ? direction * this.stage.clientWidth : 0));
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
    const [settings, marks] = await Promise.all([
      Settings.load(book.series.id, book.direction),
      Marks.load(book.id),
    ]);
    const reader = new Reader(root, book, settings, marks);
    reader.open(beginning(book));
    note.hidden = true;
    root.dataset.ready = "";
  } catch (problem) {
    if (!(problem instanceof Unreadable)) throw problem;
    note.querySelector("p").textContent = problem.message;
    note.hidden = false;
    if (problem.isPassing) setTimeout(begin, ASK_AGAIN);
  }
}

begin();
