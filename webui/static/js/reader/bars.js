// What lies over the pages: the bars with the scrubber, the grid of all pages, the settings, the
// help, and the card at the end. They overlay; nothing on the stage moves when they come or go.

import { HELP } from "./keys.js";

const THUMB = 160; // pixels
const LATER = 90; // milliseconds a thumb stays in the scrubber's place before it is fetched
const SHOWN_AT_START = 2500;

export class Bars {
  constructor(root, book, settings) {
    Object.assign(this, { root, book, settings });
    this.bars = [...root.querySelectorAll("[data-bar]")];
    this.range = root.querySelector("#scrub");
    this.preview = root.querySelector("#scrub-preview");
    this.place = root.querySelector("#place");
    this.range.max = book.last;
    this.drawHelp();
    this.show(true);
    this.hiding = setTimeout(() => this.show(false), SHOWN_AT_START);
    root.querySelector(".bar-top").addEventListener("focusin", () => this.show(true));
    root.querySelector(".bar-bottom").addEventListener("focusin", () => this.show(true));
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
  }

  /** Say which pages are on screen. */
  at(pages) {
    this.range.dir = this.settings.direction;
    this.range.value = pages[0];
    const numbers = pages.map((page) => page + 1).join("–");
    this.place.textContent = `${numbers} of ${this.book.pages.length}`;
    this.range.setAttribute("aria-valuetext", `Page ${this.place.textContent}`);
  }

  /** `goTo(page)` is called where the scrubber is let go. */
  scrub(goTo) {
    this.range.addEventListener("input", () => this.peek(Number(this.range.value)));
    this.range.addEventListener("change", () => {
      this.preview.hidden = true;
      goTo(Number(this.range.value));
    });
    this.range.addEventListener("blur", () => {
      this.preview.hidden = true;
    });
  }

  peek(page) {
    const share = this.book.last ? page / this.book.last : 0;
    const left = this.settings.direction === "rtl" ? 1 - share : share;
    this.preview.style.left = `${left * 100}%`;
    this.preview.querySelector("span").textContent = page + 1;
    this.preview.hidden = false;
    clearTimeout(this.peeking);
    this.peeking = setTimeout(() => {
      this.preview.querySelector("img").src = this.book.address(page, THUMB);
    }, LATER);
  }

  drawHelp() {
    const rows = HELP.map(([keys, others, words]) => {
      const row = document.createElement("tr");
      const named = document.createElement("th");
      named.scope = "row";
      for (const key of `${keys} ${others}`.trim().split(" ")) {
        const one = document.createElement("kbd");
        one.textContent = key;
        named.append(one, " ");
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

  openGrid(pages, bookmarks, goTo) {
    const dialog = this.root.querySelector("#grid");
    const shown = this.book.pages.flatMap((page, number) => (page.hidden ? [] : [number]));
    const cells = shown.map((page) => {
      const cell = document.createElement("button");
      cell.type = "button";
      cell.className = "grid-cell";
      cell.classList.toggle("is-marked", bookmarks.has(page));
      if (pages.includes(page)) cell.setAttribute("aria-current", "true");
      const image = document.createElement("img");
      image.loading = "lazy";
      image.alt = "";
      image.src = this.book.address(page, THUMB);
      const { width, height } = this.book.size(page);
      image.width = THUMB;
      image.height = Math.round((THUMB * height) / width);
      const label = document.createElement("span");
      label.textContent = page + 1;
      cell.append(image, label);
      cell.setAttribute("aria-label", `Page ${page + 1}${bookmarks.has(page) ? ", bookmarked" : ""}`);
      cell.addEventListener("click", () => {
        dialog.close();
        goTo(page);
      });
      return cell;
    });
    const grid = this.root.querySelector("#page-grid");
    grid.dir = this.settings.direction;
    grid.replaceChildren(...cells);
    dialog.showModal();
    const current = grid.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "center" });
    current?.focus({ preventScroll: true });
  }

  /** The settings' form; `changed(name, value)` is called with each change. */
  openSettings(changed) {
    const dialog = this.root.querySelector("#settings");
    const form = dialog.querySelector("form");
    const { values } = this.settings;
    const draw = () => {
      for (const field of form.elements) {
        if (!field.name) continue;
        const value = field.name === "direction" ? this.settings.direction : values[field.name];
        if (field.type === "radio") field.checked = field.value === value;
        else if (field.type === "checkbox") field.checked = Boolean(value);
        else {
          field.value = value;
          const unit = field.name === "auto_advance" ? " s" : " %";
          field.parentElement.querySelector("output").textContent = `${value}${unit}`;
        }
      }
      form.querySelector("[data-only=double]").hidden = values.layout !== "double";
    };
    form.oninput = ({ target }) => {
      const value =
        target.type === "checkbox"
          ? target.checked
          : target.type === "range"
            ? Number(target.value)
            : target.value;
      changed(target.name, value);
      draw();
    };
    this.redrawSettings = draw;
    draw();
    dialog.showModal();
  }

  /** What stands behind the last page, or before the first; `issue` is null where there is none. */
  showEnd(step, issue, go) {
    const card = this.root.querySelector("#end");
    const words = step > 0 ? "That was the last page." : "This is the first page.";
    const line = document.createElement("p");
    line.textContent = words;
    const row = document.createElement("p");
    row.className = "row";
    if (issue) {
      const on = document.createElement("button");
      on.className = "button primary";
      on.type = "button";
      on.textContent = `${step > 0 ? "Next" : "Previous"}: ${issue.label}`;
      on.addEventListener("click", go);
      row.append(on);
    }
    const back = document.createElement("a");
    back.className = "button";
    back.href = this.root.dataset.comicPage;
    back.textContent = "Back to the comic";
    row.append(back);
    card.replaceChildren(line, row);
    card.hidden = false;
  }

  hideEnd() {
    const card = this.root.querySelector("#end");
    const wasShown = !card.hidden;
    card.hidden = true;
    return wasShown;
  }

  /** Close what is open; answers whether anything was. */
  close() {
    const open = this.root.querySelector("dialog[open]");
    if (open) {
      open.close();
      return true;
    }
    return this.hideEnd();
  }
}
