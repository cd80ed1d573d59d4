// The card behind the last page and before the first: what comes next, asked for before it is.

import { at } from "../root.js";

export class EndCard {
  /** `go(id)` is called with the comic to go on to. */
  constructor(root, book, go) {
    Object.assign(this, { book, go });
    this.card = root.querySelector("#end");
    this.comicPage = root.dataset.comicPage;
    this.found = new Map(); // id → promise of what it is
    this.step = 0; // 1 behind the last page, -1 before the first, 0 when the card is not shown
  }

  idFor(step) {
    return step > 0 ? this.book.next : this.book.previous;
  }

  /** What the neighbour is; null while nobody answers. */
  look(id) {
    if (!this.found.has(id)) this.found.set(id, found(id));
    return this.found.get(id);
  }

  async show(step) {
    this.step = step;
    const id = this.idFor(step);
    const comic = id ? await this.look(id) : null;
    if (this.step === step) this.draw(step, id, comic);
  }

  draw(step, id, comic) {
    const line = document.createElement("p");
    line.textContent = this.sentence(step, id);
    const row = document.createElement("p");
    row.className = "row";
    if (id) {
      const on = document.createElement("button");
      on.className = "button primary";
      on.type = "button";
      on.textContent = [step > 0 ? "Next" : "Previous", comic && nameOf(comic)].filter(Boolean).join(": ");
      on.addEventListener("click", () => this.go(id));
      row.append(on);
    }
    const back = document.createElement("a");
    back.className = "button";
    back.href = this.comicPage;
    back.textContent = "Back to the comic";
    row.append(back);
    this.card.replaceChildren(line, ...(comic ? [cover(comic)] : []), row);
    this.card.hidden = false;
  }

  sentence(step, id) {
    const [end, issue, name] =
      step < 0
        ? ["This is the first page.", "The issue before it", "previous"]
        : ["That was the last page.", "The issue after it", "next"];
    if (this.book.passed_over?.[name]) {
      return `${end} ${issue} cannot be read now${id ? " and is passed over" : ""}.`;
    }
    return id || step < 0 ? end : "That was the last page, and the last issue here.";
  }

  /** Answers whether it was there. */
  hide() {
    const wasShown = this.step !== 0;
    this.step = 0;
    this.card.hidden = true;
    return wasShown;
  }
}

async function found(id) {
  try {
    const answer = await fetch(at(`/api/books/${id}`));
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function nameOf({ series, number, title }) {
  return [series.name, number ? `#${number}` : title].filter(Boolean).join(" ");
}

function cover({ id, version }) {
  const image = document.createElement("img");
  image.className = "end-cover";
  image.alt = "";
  image.src = at(`/api/cover/${id}?v=${version}`);
  return image;
}
