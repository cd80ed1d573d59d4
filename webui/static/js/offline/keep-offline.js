// The buttons that keep comics offline: <keep-offline comic="5" version="7" name="Saga #1"> for a comic,
// <keep-next series="3"> for the next unread ones of a series.

import { send, sentence } from "../api.js";
import { icon } from "../icon.js";
import { at } from "../root.js";
import { toast } from "../toast.js";
import { keepGoing } from "./keeper.js";
import * as kept from "./kept.js";

const NEXT = 5;
const LOOKED_AT = 50; // comics, of which some cannot be read

/** Ask for comics, each `{id, name}`, to be kept. */
export async function keep(comics) {
  navigator.storage?.persist?.(); // some browsers ask the person; the answer changes nothing here
  try {
    for (const { id, name } of comics) await kept.want(id, name);
  } catch {
    return toast("There is no more room in this browser.", { href: at("/offline"), words: "Make room" });
  }
  keepGoing();
}

/** How far a comic has come, in words. */
export function progressWords({ done, pages, waits }) {
  if (!pages) return waits ? "Waiting for the connection" : "Waiting its turn";
  return `${done} of ${pages} pages${waits ? ", waiting for the connection" : ""}`;
}

/** Why a comic is not here as a whole, in a sentence. */
export function problemWords({ state, problem, done, pages }) {
  if (state !== kept.State.FULL) return problem;
  const part = done ? `, where ${done} of its ${pages} pages are` : "";
  return `There is no more room in this browser${part}. Remove what you have read, and try again.`;
}

export function button(words, deed, { picture, quiet = false } = {}) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button small${quiet ? " quiet" : ""}`;
  if (picture) made.append(icon(picture));
  made.append(words);
  made.addEventListener("click", deed);
  return made;
}

class KeepOffline extends HTMLElement {
  async connectedCallback() {
    this.classList.add("keep-offline");
    this.words = document.createElement("span");
    this.words.setAttribute("role", "status");
    this.comic = Number(this.getAttribute("comic"));
    kept.onChange((id, record) => {
      if (id === this.comic && this.isConnected) this.draw(record);
    });
    this.draw(await kept.find(this.comic));
  }

  /** Draw a comic's record; what can be pressed stays the same while only numbers change. */
  draw(record) {
    const shown = record === null ? "none" : this.isOld(record) ? "old" : record.state;
    if (shown !== this.shown) {
      const hadFocus = this.contains(document.activeElement);
      this.shown = shown;
      this.replaceChildren(...this.parts(shown));
      if (hadFocus) this.querySelector("button")?.focus({ preventScroll: true });
    }
    this.words.textContent = "";
    if (record) this.tell(shown, record);
  }

  isOld({ state, version }) {
    const now = this.getAttribute("version");
    return state === kept.State.KEPT && now !== null && Number(now) !== version;
  }

  parts(shown) {
    const cancel = (words) => button(words, () => kept.remove(this.comic), { quiet: true });
    switch (shown) {
      case "none":
        return [button("Keep offline", () => this.keep(), { picture: "keep" }), this.words];
      case kept.State.WANTED:
        this.bar = document.createElement("progress");
        this.bar.className = "bar";
        this.bar.setAttribute("aria-label", "How much is kept");
        return [this.bar, this.words, cancel("Cancel")];
      case kept.State.KEPT:
        return [icon("check"), this.words, cancel("Remove")];
      case "old":
        return [this.words, button("Keep the new one", () => this.renew()), cancel("Remove")];
      default:
        return [this.words, button("Try again", () => this.keep()), cancel("Remove")];
    }
  }

  tell(shown, record) {
    if (shown === kept.State.WANTED) {
      this.words.textContent = progressWords(record);
      this.bar.max = record.pages || 1;
      this.bar.value = record.done;
    } else if (shown === kept.State.KEPT) {
      this.words.textContent = `Kept offline, ${kept.size(record.bytes)}`;
    } else if (shown === "old") {
      this.words.textContent = "The file is another since this was kept.";
    } else this.words.textContent = problemWords(record);
  }

  keep() {
    if (!kept.isPossible) {
      this.words.textContent = kept.whyNot;
      return;
    }
    return keep([{ id: this.comic, name: this.getAttribute("name") }]);
  }

  async renew() {
    await kept.remove(this.comic);
    await this.keep();
  }
}

class KeepNext extends HTMLElement {
  connectedCallback() {
    const deed = () => this.keep();
    this.button = button(`Keep the next ${NEXT} unread offline`, deed, { picture: "keep" });
    this.replaceChildren(this.button);
  }

  async keep() {
    if (!kept.isPossible) return toast(kept.whyNot);
    this.button.disabled = true;
    try {
      const query = `series=${this.getAttribute("series")}&read=unread&sort=number&limit=${LOOKED_AT}`;
      const answer = await send("GET", at(`/api/books?${query}`));
      if (!answer.ok) return toast(await sentence(answer));
      const items = (await answer.json()).items.filter(canBeRead).slice(0, NEXT);
      if (!items.length) return toast("There is no unread comic in this series.");
      await keep(items.map(({ id, number, title, series }) => ({ id, name: nameOf(series, number, title) })));
      const words = items.length === 1 ? "The next one is being kept." : `The next ${items.length} are being kept.`;
      toast(words, { href: at("/offline"), words: "See them" });
    } catch {
      toast("The server cannot be reached just now.");
    } finally {
      this.button.disabled = false;
    }
  }
}

function canBeRead({ state, indexed }) {
  return state === "present" && indexed !== "failed";
}

/** What a comic is called where its series is not said. */
export function nameOf(series, number, title) {
  return [series?.name, number ? `#${number}` : title].filter(Boolean).join(" ");
}

customElements.define("keep-offline", KeepOffline);
customElements.define("keep-next", KeepNext);
