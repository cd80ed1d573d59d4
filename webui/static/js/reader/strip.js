// All pages in one long strip, from top to bottom or sideways. Where each page stands is reckoned,
// and only what is near the screen is in the document, however many pages there are.

const NEAR = 2; // screens before and behind the one looked at, whose pages are there
const WIDEST = 960; // CSS pixels of a strip that fits itself
const GAP = 12;
const LINE = 1 / 3; // of the screen: the page that crosses it is the one that is read

export class Strip {
  constructor(stage, book, settings, pictures) {
    Object.assign(this, { stage, book, settings, pictures });
    this.isVertical = settings.layout === "vertical";
    this.isReversed = !this.isVertical && settings.direction === "rtl";
    this.zoom = 1;
    this.pagesShown = book.shown();
    this.at = 0; // an index into them, as all that is called an index here
    this.places = new Map(); // index → the element there
    this.scroller = document.createElement("div");
    this.scroller.className = `strip-reader ${this.isVertical ? "is-vertical" : "is-horizontal"}`;
    this.scroller.tabIndex = -1;
    this.scroller.dir = this.isReversed ? "rtl" : "ltr";
    this.runway = document.createElement("div");
    this.runway.className = "runway";
    this.scroller.append(this.runway);
    stage.classList.add("is-strip");
    stage.replaceChildren(this.scroller);
    this.measure();
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.resized = new ResizeObserver(() => this.layOut());
    this.resized.observe(stage);
  }

  destroy() {
    this.resized.disconnect();
    this.stage.classList.remove("is-strip");
    this.stage.replaceChildren();
  }

  get page() {
    return this.pagesShown[this.at];
  }

  get pages() {
    return [this.page];
  }

  get element() {
    return this.scroller;
  }

  // ---- where things are: along the strip, and across it

  get room() {
    const { clientWidth, clientHeight } = this.scroller;
    return this.isVertical
      ? { along: clientHeight, across: clientWidth }
      : { along: clientWidth, across: clientHeight };
  }

  /** How far the strip is scrolled. */
  get gone() {
    return this.isVertical ? this.scroller.scrollTop : Math.abs(this.scroller.scrollLeft);
  }

  scrollTo(along, across) {
    const { scrollLeft, scrollTop } = this.scroller;
    const [left, top] = this.isVertical
      ? [across ?? scrollLeft, along]
      : [this.isReversed ? -along : along, across ?? scrollTop];
    this.scroller.scrollTo({ left, top, behavior: "instant" });
  }

  /** Reckon every page's size and place. */
  measure() {
    const gap = this.settings.gaps ? GAP : 0;
    this.sizes = this.pagesShown.map((page) => this.sizeOf(page));
    this.starts = new Float64Array(this.sizes.length + 1);
    this.sizes.forEach((size, index) => {
      this.starts[index + 1] = this.starts[index] + this.lengthOf(size) + gap;
    });
    const { across } = this.room;
    this.breadth = this.sizes.reduce(
      (most, { width, height }) => Math.max(most, this.isVertical ? width : height),
      across,
    );
    this.length = this.starts[this.sizes.length] - gap;
    this.runway.style.width = `${this.isVertical ? this.breadth : this.length}px`;
    this.runway.style.height = `${this.isVertical ? this.length : this.breadth}px`;
    for (const [index, place] of this.places) this.position(place, index);
  }

  lengthOf({ width, height }) {
    return this.isVertical ? height : width;
  }

  sizeOf(page) {
    const { along, across } = this.room;
    const { fit } = this.settings;
    const own = this.book.size(page);
    const ratio = own.width / own.height;
    let width = own.width;
    if (fit === "width") width = this.isVertical ? across : along;
    else if (fit === "height") width = ratio * (this.isVertical ? along : across);
    else if (fit === "smart") {
      width = this.isVertical ? Math.min(across, ratio > 1 ? across : WIDEST) : ratio * across;
    }
    return { width: width * this.zoom, height: (width * this.zoom) / ratio };
  }

  position(place, index) {
    const { width, height } = this.sizes[index];
    const { style } = place;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.top = `${this.isVertical ? this.starts[index] : (this.breadth - height) / 2}px`;
    style.insetInlineStart = `${this.isVertical ? (this.breadth - width) / 2 : this.starts[index]}px`;
  }

  /** The index of the page that covers a point along the strip. */
  indexAt(along) {
    let [low, high] = [0, this.sizes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= along) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  isAtEnd(step) {
    return step > 0 ? this.gone >= this.length - this.room.along - 2 : this.gone <= 2;
  }

  // ---- what is in the document

  fill() {
    const { along } = this.room;
    const first = this.indexAt(this.gone - NEAR * along);
    const last = this.indexAt(this.gone + (1 + NEAR) * along);
    for (const [index, place] of this.places) {
      if (index >= first && index <= last) continue;
      place.remove();
      this.places.delete(index);
    }
    const near = [];
    for (let index = first; index <= last; index++) near.push(index);
    // What is looked at is fetched first, then what follows.
    const here = this.indexAt(this.gone);
    near.sort((one, other) => (one < here) - (other < here) || one - other);
    this.pictures.keep(near.map((index) => this.pagesShown[index]));
    near.forEach((index) => this.put(index));
  }

  put(index) {
    if (this.places.has(index)) return;
    const page = this.pagesShown[index];
    const place = document.createElement("div");
    place.className = "strip-place";
    place.dataset.page = page;
    const image = this.pictures.element(page);
    image.style.width = image.style.height = ""; // it fills its place
    place.append(image);
    this.places.set(index, place);
    this.position(place, index);
    const behind = [...this.places.keys()].filter((one) => one > index);
    const next = behind.length ? this.places.get(Math.min(...behind)) : null;
    this.runway.insertBefore(place, next);
  }

  scrolled() {
    this.fill();
    const { along } = this.room;
    const at = this.isAtEnd(1) ? this.sizes.length - 1 : this.indexAt(this.gone + along * LINE);
    if (at === this.at) return;
    this.at = at;
    this.tell();
  }

  tell() {
    this.stage.dispatchEvent(new CustomEvent("page-changed", { bubbles: true }));
  }

  // ---- going

  show(page) {
    const found = this.pagesShown.findIndex((one) => one >= page);
    this.at = found < 0 ? this.pagesShown.length - 1 : found;
    this.scrollTo(this.starts[this.at]);
    this.fill();
    this.tell();
  }

  /** Go to the next or previous page; answers false at the end. */
  turn(step) {
    if (this.isAtEnd(step)) return false;
    const to = this.pagesShown[this.at + step];
    if (to === undefined) return this.advance(step);
    this.show(to);
    return true;
  }

  /** Move on by most of a screen, as smoothly as the style sheet has it; answers false at the end. */
  advance(step) {
    if (this.isAtEnd(step)) return false;
    const { along } = this.room;
    const distance = step * along * 0.85;
    this.scroller.scrollBy({
      top: this.isVertical ? distance : 0,
      left: this.isVertical ? 0 : this.isReversed ? -distance : distance,
    });
    return true;
  }

  // ---- sizes that change

  /** Zoom about a point of the screen, its middle if there is none. */
  setZoom(zoom, x, y) {
    const box = this.scroller.getBoundingClientRect();
    const left = x === undefined ? box.width / 2 : x - box.left;
    const top = y === undefined ? box.height / 2 : y - box.top;
    this.zoom = Math.max(0.3, Math.min(4, zoom));
    if (this.isVertical) this.layOut(top, left);
    else this.layOut(this.isReversed ? box.width - left : left, top);
  }

  /** Reckon anew; what stands at that point of the screen stays there. */
  layOut(along = 0, across = 0) {
    const index = this.indexAt(this.gone + along);
    const share = (this.gone + along - this.starts[index]) / this.lengthOf(this.sizes[index]);
    const sideways = this.isVertical ? this.scroller.scrollLeft : this.scroller.scrollTop;
    const acrossShare = (sideways + across) / this.breadth;
    this.measure();
    this.scrollTo(
      this.starts[index] + share * this.lengthOf(this.sizes[index]) - along,
      acrossShare * this.breadth - across,
    );
    this.fill();
  }
}
