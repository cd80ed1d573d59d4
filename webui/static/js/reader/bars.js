// The bars over the pages, the settings and the help. They overlay; nothing on the stage moves when
// they come or go.

import { HELP } from "./keys.js";

const SHOWN_AT_START = 2500; // milliseconds

export class Bars {
  constructor(root, book, settings) {
    Object.assign(this, { root, book, settings });
    this.place = root.querySelector("#place");
    this.drawHelp();
    this.show(true);
    this.hiding = setTimeout(() => this.show(false), SHOWN_AT_START);
    for (const bar of root.querySelectorAll("[data-bar]")) {
      for (const sign of ["focusin", "pointermove", "input"]) {
        bar.addEventListener(sign, () => this.show(true));
      }
    }
    for (const dialog of root.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  get areShown() {
    return !this.root.classList.contains("bars-hidden");
  }

  show(wanted = !this.areShown) {
    clearTimeout(this.hiding);
    this.root.classList.toggle("bars-hidden", !wanted);
    if (!wanted && document.activeElement?.closest("[data-bar]")) document.activeElement.blur();
  }

  /** Say which pages are on screen; answers the words. */
  at(pages) {
    const words = `${pages.map((page) => page + 1).join("–")} of ${this.book.pages.length}`;
    this.place.textContent = words;
    this.root.querySelector("#chapter").textContent = this.book.chapterOf(pages[0]);
    return words;
  }

  drawHelp() {
    const rows = HELP.map(([keys, others, words]) => {
      const row = document.createElement("tr");
      const named = document.createElement("th");
      named.scope = "row";
      for (const together of `${keys} ${others}`.trim().split(" ")) {
        for (const [place, key] of keysOf(together).entries()) {
          const one = document.createElement("kbd");
          one.textContent = key;
          named.append(place ? "\u202f+\u202f" : " ", one);
        }
      }
      const said = document.createElement("td");
      said.textContent = words;
      row.append(named, said);
      return row;
    });
    this.root.querySelector("#keys tbody").replaceChildren(...rows);
  }

  openHelp() {
    this.root.querySelector("#help").showModal();
  }

  /** The settings' form; `changed(name, value)` is called with each change. */
  openSettings(changed) {
    const dialog = this.root.querySelector("#settings");
    const form = dialog.querySelector("form");
    form.oninput = ({ target }) => {
      changed(target.name, valueOf(target));
      this.drawSettings();
    };
    this.drawSettings();
    dialog.showModal();
  }

  drawSettings() {
    const form = this.root.querySelector("#settings form");
    const { values, direction } = this.settings;
    for (const field of form.elements) {
      if (!field.name) continue;
      const value = field.name === "direction" ? direction : values[field.name];
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = Boolean(value);
      else {
        field.value = value;
        const unit = field.name === "auto_advance" ? " s" : " %";
        field.parentElement.querySelector("output").textContent = `${value}${unit}`;
      }
    }
    for (const part of form.querySelectorAll("[data-only]")) {
      part.hidden = !part.dataset.only.split(" ").includes(values.layout);
    }
  }

  /** Close the dialog that is open; answers whether one was. */
  close() {
    const open = this.root.querySelector("dialog[open]");
    open?.close();
    return Boolean(open);
  }
}

function valueOf({ type, checked, value }) {
  if (type === "checkbox") return checked;
  return type === "range" ? Number(value) : value;
}

/** The keys of "Shift+Space", which are pressed together; "+" alone is a key. */
function keysOf(together) {
  return together === "+" ? [together] : together.split("+");
}
