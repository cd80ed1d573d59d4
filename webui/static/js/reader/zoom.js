// Looking closer: the sheet on screen is scaled about a point, and moved under the finger.

const CLOSEST = 6;
const TAP = 2.2; // how close a double tap or Z goes

export class Zoom {
  constructor(stage) {
    this.stage = stage;
    this.sheet = null;
    this.reset();
    // A screen that was turned is another place to look from.
    new ResizeObserver(() => this.reset(this.sheet)).observe(stage);
  }

  get isClose() {
    return this.scale > 1.01;
  }

  /** Forget where we were; another sheet is on screen. */
  reset(sheet = null) {
    if (this.sheet) this.sheet.style.transform = "";
    this.sheet = sheet;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.stage.classList.remove("is-close");
  }

  toggle(x, y) {
    if (this.isClose) this.reset(this.sheet);
    else this.to(TAP, x, y);
  }

  /** Scale so that the point of the screen stays where it is. */
  to(scale, x = innerWidth / 2, y = innerHeight / 2) {
    if (!this.sheet) return;
    const next = Math.max(1, Math.min(CLOSEST, scale));
    const middle = this.middle();
    const factor = next / this.scale;
    this.x = (x - middle.x) * (1 - factor) + this.x * factor;
    this.y = (y - middle.y) * (1 - factor) + this.y * factor;
    this.scale = next;
    this.apply(middle);
  }

  by(factor, x, y) {
    this.to(this.scale * factor, x, y);
  }

  pan(x, y) {
    const middle = this.middle();
    this.x += x;
    this.y += y;
    this.apply(middle);
  }

  /** The middle of the sheet on the screen, as if it were not moved. */
  middle() {
    const box = this.sheet.getBoundingClientRect();
    return { x: box.left + box.width / 2 - this.x, y: box.top + box.height / 2 - this.y };
  }

  apply(middle) {
    if (!this.isClose) return this.reset(this.sheet);
    // No further than until an edge of the sheet meets the edge of the stage.
    const box = this.stage.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = this.sheet;
    const within = (at, from, room, size) => {
      const spare = Math.max(0, (size * this.scale - room) / 2);
      const straight = from + room / 2;
      return Math.max(straight - spare, Math.min(straight + spare, at));
    };
    this.x = within(middle.x + this.x, box.left, box.width, offsetWidth) - middle.x;
    this.y = within(middle.y + this.y, box.top, box.height, offsetHeight) - middle.y;
    this.sheet.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.add("is-close");
  }
}
