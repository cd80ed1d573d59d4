// What fingers, the mouse and the wheel do on the stage, told as: tap, doubleTap, swipe, pinch, pan.

const STILL = 10; // pixels a finger may tremble within a tap
const TURNS = 0.16; // of the stage's width that a swipe must cover, or be fast
const FAST = 0.45; // pixels a millisecond
const TWICE = 260; // milliseconds between the two taps of a double tap
const WHEEL_PAUSE = 180; // milliseconds between two turns of the wheel that each turn a page
const NOTCH = 50; // pixels: less at once is told by a touchpad
const SIDE = 0.3; // of the width: the tap zones at the left and at the right

export class Gestures {
  /**
   * `on` has `tap(zone)`, `doubleTap(x, y)`, `drag(pixels)` while a finger drags, then
   * `swipe(direction, pixels)` or `settle(pixels)`, `pinch(factor, x, y)`, `pan(x, y)` and
   * `wheelTurn(step)`; `state` has `canDrag()`, `isClose()` and `scrolls(event)`: whether the wheel
   * has something to scroll.
   */
  constructor(stage, state, on) {
    Object.assign(this, { stage, state, on });
    this.pointers = new Map();
    this.started = null;
    this.waitingTap = null;
    this.wheeled = 0;
    const options = { passive: false };
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, (event) => this.up(event));
    }
    stage.addEventListener("wheel", (event) => this.wheel(event), options);
    stage.addEventListener("dragstart", (event) => event.preventDefault());
  }

  down(event) {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.pointers.size === 1) {
      this.started = { x: event.clientX, y: event.clientY, at: event.timeStamp, is: "tap" };
    } else {
      this.started = { ...this.started, is: "pinch" };
      this.spread = this.spreadNow();
      this.on.drag(0);
    }
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.pointers.set(event.pointerId, now);
    if (this.started.is === "pinch") return this.pinch();
    const gone = { x: now.x - this.started.x, y: now.y - this.started.y };
    if (this.started.is === "tap" && Math.hypot(gone.x, gone.y) > STILL) {
      this.started.is = this.kindOf(gone, event.pointerType);
      if (this.started.is !== "scroll") this.stage.setPointerCapture(event.pointerId);
    }
    if (this.started.is === "pan") this.on.pan(now.x - before.x, now.y - before.y);
    if (this.started.is === "swipe") this.on.drag(gone.x);
  }

  kindOf(gone, pointerType) {
    // Fingers scroll by themselves, a mouse has to be helped.
    if (this.state.isClose() || pointerType === "mouse") return "pan";
    const isSideways = Math.abs(gone.x) > Math.abs(gone.y);
    return isSideways && this.state.canDrag() ? "swipe" : "scroll";
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    const { is, x, at } = this.started;
    if (this.pointers.size) return;
    if (is === "swipe") {
      const gone = event.clientX - x;
      const isFast = Math.abs(gone) / Math.max(1, event.timeStamp - at) > FAST;
      const isFar = Math.abs(gone) > this.stage.clientWidth * TURNS;
      if (event.type === "pointerup" && (isFar || isFast)) this.on.swipe(Math.sign(gone), gone);
      else this.on.settle(gone);
    } else if (is === "tap" && event.type === "pointerup") {
      this.tapped(event);
    }
  }

  /** The sides answer at once; in the middle a second tap may follow, which looks closer. */
  tapped(event) {
    const zone = this.zoneOf(event);
    const isSecond = this.waitingTap !== null;
    clearTimeout(this.waitingTap);
    this.waitingTap = null;
    if (isSecond) return this.on.doubleTap(event.clientX, event.clientY);
    if (zone !== "middle" && !this.state.isClose()) return this.on.tap(zone);
    this.waitingTap = setTimeout(() => {
      this.waitingTap = null;
      this.on.tap("middle");
    }, TWICE);
  }

  zoneOf(event) {
    const box = this.stage.getBoundingClientRect();
    const place = (event.clientX - box.left) / box.width;
    return place < SIDE ? "left" : place > 1 - SIDE ? "right" : "middle";
  }

  spreadNow() {
    const [one, other] = [...this.pointers.values()];
    return {
      distance: Math.hypot(one.x - other.x, one.y - other.y),
      x: (one.x + other.x) / 2,
      y: (one.y + other.y) / 2,
    };
  }

  pinch() {
    if (this.pointers.size < 2) return;
    const now = this.spreadNow();
    this.on.pinch(now.distance / Math.max(1, this.spread.distance), now.x, now.y);
    this.on.pan(now.x - this.spread.x, now.y - this.spread.y);
    this.spread = now;
  }

  wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      return this.on.pinch(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    }
    if (this.state.isClose()) {
      event.preventDefault();
      return this.on.pan(-event.deltaX, -event.deltaY);
    }
    if (this.state.scrolls(event)) {
      this.wheeled = event.timeStamp; // the end of a scroll does not turn the page
      return;
    }
    const isSoon = event.timeStamp - this.wheeled < WHEEL_PAUSE;
    // A touchpad goes on telling for a second after it was let go: that is one movement.
    if (!isSoon || Math.abs(event.deltaY || event.deltaX) < NOTCH) this.wheeled = event.timeStamp;
    if (!isSoon) this.on.wheelTurn(Math.sign(event.deltaY || event.deltaX));
  }
}
