// Turns pages by itself, every so many seconds since the last turn, whoever did that one.

export class Autoplay {
  constructor(root, settings, turn) {
    Object.assign(this, { root, settings, turn });
    this.timer = null;
    this.button = root.querySelector("#playing");
  }

  get isOn() {
    return this.timer !== null;
  }

  play(wanted = !this.isOn) {
    clearInterval(this.timer);
    this.timer = null;
    this.button.hidden = !wanted;
    if (!wanted) return;
    const seconds = this.settings.values.auto_advance;
    this.button.querySelector("span").textContent = `Turning every ${seconds} s`;
    this.timer = setInterval(this.turn, seconds * 1000);
  }

  /** A page has its full time from now. */
  again() {
    if (this.isOn) this.play(true);
  }
}
