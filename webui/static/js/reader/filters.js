// How the pictures are coloured: the settings' filters as custom properties of the stage.

const USUAL = { brightness: 100, contrast: 100, saturation: 100, sepia: 0, invert: false };

export class Filters {
  constructor(stage, settings) {
    Object.assign(this, { stage, settings });
    this.apply();
  }

  has(name) {
    return name in USUAL;
  }

  apply() {
    const { values } = this.settings;
    for (const name of Object.keys(USUAL)) {
      const share = name === "invert" ? Number(values.invert) * 100 : values[name];
      this.stage.style.setProperty(`--${name}`, `${share}%`);
    }
    const isUsual = Object.keys(USUAL).every((name) => values[name] === USUAL[name]);
    this.stage.classList.toggle("is-filtered", !isUsual);
  }

  reset() {
    for (const [name, value] of Object.entries(USUAL)) this.settings.set(name, value);
    this.apply();
  }
}
