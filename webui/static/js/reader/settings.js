// How this person reads: what was chosen for this series, or else what they usually choose.

import { send } from "../api.js";

const USUAL = {
  layout: "single",
  direction: "auto", // the comic's own
  fit: "smart",
  cover_alone: true,
  shifted: false,
  brightness: 100,
  contrast: 100,
  saturation: 100,
  sepia: 0,
  invert: false,
  auto_advance: 10,
};
const SOON = 600;

export class Settings {
  /** What is stored for the series; the usual where nothing is, or nobody answers. */
  static async load(seriesId, ownDirection) {
    const stored = (await fetched(seriesId)) ?? kept(seriesId);
    return new Settings(seriesId, ownDirection, stored);
  }

  constructor(seriesId, ownDirection, stored) {
    this.seriesId = seriesId;
    this.ownDirection = ownDirection;
    this.values = { ...USUAL };
    for (const [name, value] of Object.entries(stored ?? {})) {
      if (name in USUAL && value !== null) this.values[name] = value;
    }
  }

  get layout() {
    return this.values.layout;
  }

  get direction() {
    return this.values.direction === "auto" ? this.ownDirection : this.values.direction;
  }

  get fit() {
    return this.values.fit;
  }

  get cover_alone() {
    return this.values.cover_alone;
  }

  get shifted() {
    return this.values.shifted;
  }

  /** Change a setting; it is remembered for the series, here at once and on the server soon. */
  set(name, value) {
    this.values[name] = value;
    try {
      localStorage.setItem(key(this.seriesId), JSON.stringify(this.values));
    } catch {
      // Without storage it is remembered on the server alone.
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SOON);
  }

  async save() {
    try {
      await send("PUT", `/api/series/${this.seriesId}/reader`, this.values);
    } catch {
      // It is kept here, and sent with the next change.
    }
  }
}

async function fetched(seriesId) {
  try {
    const answer = await send("GET", `/api/series/${seriesId}/reader`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function kept(seriesId) {
  try {
    return JSON.parse(localStorage.getItem(key(seriesId)));
  } catch {
    return null;
  }
}

function key(seriesId) {
  return `longbox:reader:${seriesId}`;
}
