// How this person reads: what was chosen for this series, or else what they usually choose.

import { send } from "../api.js";
import { change, changesTo, flush, Sent } from "../outbox.js";
import { at } from "../root.js";
import { signIn } from "../sign-in.js";
import { remember, remembered } from "../user.js";

const USUAL = {
  layout: "single",
  direction: "auto", // the comic's own
  fit: "smart",
  cover_alone: true,
  shifted: false,
  gaps: true, // between the pages of a strip
  brightness: 100,
  contrast: 100,
  saturation: 100,
  sepia: 0,
  invert: false,
  auto_advance: 10,
};
const SOON = 600;
const KIND = "reader";

export class Settings {
  /** What is stored for the series, or was when the server last answered; the usual where nothing is. */
  static async load(seriesId, ownDirection) {
    const told = (await fetched(seriesId)) ?? remembered(KIND, seriesId);
    const stored = { ...told, ...untold(seriesId) };
    remember(KIND, seriesId, stored);
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

  get gaps() {
    return this.values.gaps;
  }

  /** Change a setting; it is remembered for the series, here at once and on the server soon. */
  set(name, value) {
    this.values[name] = value;
    remember(KIND, this.seriesId, this.values);
    change("PUT", addressOf(this.seriesId), { ...untold(this.seriesId), [name]: value });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SOON);
  }

  async save() {
    if ((await flush()) === Sent.EXPIRED && (await signIn())) await flush();
  }
}

async function fetched(seriesId) {
  try {
    const answer = await send("GET", addressOf(seriesId));
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** What was chosen for the series and could not be told yet. */
function untold(seriesId) {
  return changesTo(addressOf(seriesId))[0]?.body;
}

function addressOf(seriesId) {
  return at(`/api/series/${seriesId}/reader`);
}
