// All pages in one long strip, from top to bottom or sideways; pictures come near the screen and
// go far from it, while their places keep their sizes.

const NEAR = 2; // screens before and behind the one looked at, whose pictures are there
const WIDEST = 960; // CSS pixels of a strip that fits itself

export class Strip {
  constructor(stage, book, settings, pictures) {
    Object.assign(this, { stage, book, settings, pictures });
    this.isVertical = settings.layout === "vertical";
    this.zoom = 1;
    this.at = 0;
    this.scroller = document.createElement("div");
    this.scroller.className = `strip-reader ${this.isVertical ? "is-vertical" : "is-horizontal"}`;
    this.scroller.tabIndex = -1;
    this.scroller.dir = this.isVertical ? "ltr" : settings.direction;
    this.places = book.pages.map((page, number) => this.placeFor(number, page.hidden));
    this.scroller.append(...this.places);
    stage.classList.add("is-strip");
    stage.replaceChildren(this.scroller);
    this.watch();
    this.fit();
    this.resized = new ResizeObserver(() => this.layOut());
    this.resized.observe(stage);
  }

  destroy() {
    this.resized.disconnect();
    this.near.disconnect();
    this.stage.classList.remove("is-strip");
    this.stage.replaceChildren();
  }

  get page() {
    return this.at;
  }

  get pages() {
    return [this.at];
  }

  get element() {
    return this.scroller;
  }

  placeFor(number, isHidden) {
    const place = document.createElement("div");
    place.className = "strip-place";
    place.dataset.page = number;
    place.hidden = Boolean(isHidden);
    return place;
  }

  watch() {
    const margin = `${NEAR * 100}%`;
    this.near = new IntersectionObserver((entries) => entries.forEach((one) => this.fill(one)), {
      root: this.scroller,
      rootMargin: this.isVertical ? `${margin} 0px` : `0px ${margin}`,
    });
    this.places.forEach((place) => this.near.observe(place));
    this.scroller.addEventListener("scroll", () => this.noteWhere(), { passive: true });
    this.scroller.addEventListener("page-there", (event) => {
      const { page } = event.target.dataset;
      const { naturalWidth, naturalHeight } = event.target;
      if (this.book.learn(Number(page), naturalWidth, naturalHeight)) this.layOut();
    });
  }

  fill({ target, isIntersecting }) {
    if (isIntersecting && !target.firstChild) {
      target.append(this.pictures.element(Number(target.dataset.page)));
    } else if (!isIntersecting) {
      target.replaceChildren();
    }
  }

  /** The page that crosses a line a third into the screen is the one that is read. */
  noteWhere() {
    const before = this.at;
    this.at = this.pageAtLine();
    if (this.at !== before) {
      this.stage.dispatchEvent(new CustomEvent("page-changed", { bubbles: true }));
    }
  }

  pageAtLine() {
    if (this.isAtEnd(1)) return this.book.last;
    const box = this.scroller.getBoundingClientRect();
    const isRightToLeft = !this.isVertical && this.settings.direction === "rtl";
    const passes = (place) => {
      const one = place.getBoundingClientRect();
      if (this.isVertical) return one.bottom > box.top + box.height / 3;
      return isRightToLeft
        ? one.left < box.right - box.width / 3
        : one.right > box.left + box.width / 3;
    };
    const found = this.places.findIndex((place) => !place.hidden && passes(place));
    return found < 0 ? this.book.last : found;
  }

  isAtEnd(step) {
    const { scrollTop, scrollHeight, clientHeight, scrollWidth, clientWidth } = this.scroller;
    const gone = this.isVertical ? scrollTop : Math.abs(this.scroller.scrollLeft);
    const whole = this.isVertical ? scrollHeight - clientHeight : scrollWidth - clientWidth;
    return step > 0 ? gone >= whole - 2 : gone <= 2;
  }

  show(page) {
    this.at = page;
    this.places[page].scrollIntoView({ block: "start", inline: "start", behavior: "instant" });
    this.stage.dispatchEvent(new CustomEvent("page-changed", { bubbles: true }));
  }

  /** Go to the next or previous page; answers false at the end. */
  turn(step) {
    if (this.isAtEnd(step)) return false;
    const to = this.book.beside(this.at, step);
    if (to === null) return this.advance(step);
    this.show(to);
    return true;
  }

  /** Move on by most of a screen; answers false at the end. */
  advance(step) {
    if (this.isAtEnd(step)) return false;
    const { clientWidth, clientHeight } = this.scroller;
    const sideways = this.settings.direction === "rtl" ? -step : step;
    this.scroller.scrollBy({
      top: this.isVertical ? step * clientHeight * 0.85 : 0,
      left: this.isVertical ? 0 : sideways * clientWidth * 0.85,
      behavior: "instant",
    });
    return true;
  }

  setZoom(zoom) {
    this.zoom = Math.max(0.3, Math.min(4, zoom));
    this.layOut();
  }

  /** Fit everything anew, with the same page on screen and the same part of it. */
  layOut() {
    const anchor = this.places[this.at];
    const before = anchor.getBoundingClientRect();
    this.fit();
    const after = anchor.getBoundingClientRect();
    this.scroller.scrollBy({
      top: this.isVertical ? after.top - before.top : 0,
      left: this.isVertical ? 0 : after.left - before.left,
      behavior: "instant",
    });
  }

  fit() {
    const { clientWidth, clientHeight } = this.stage;
    const { fit } = this.settings;
    this.places.forEach((place, page) => {
      const size = this.book.size(page);
      const ratio = size.width / size.height;
      let width = size.width;
      if (this.isVertical) {
        if (fit === "height") width = ratio * clientHeight;
        else if (fit === "width") width = clientWidth;
        else if (fit !== "original") width = Math.min(clientWidth, WIDEST);
      } else if (fit === "width") width = clientWidth;
      else if (fit !== "original") width = ratio * clientHeight;
      place.style.width = `${width * this.zoom}px`;
      place.style.height = `${(width * this.zoom) / ratio}px`;
    });
  }
}
