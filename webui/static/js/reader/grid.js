// All pages of a book as small pictures, which come as they are scrolled to.

export const THUMB = 160; // pixels
const MOST = 1000; // pages drawn at once

export class Grid {
  /** `goTo(page)` is called with the page that is chosen. */
  constructor(root, book, settings, marks, goTo) {
    Object.assign(this, { book, settings, marks, goTo });
    this.dialog = root.querySelector("#grid");
    this.cells = root.querySelector("#page-grid");
    // Pictures that are still on their way would hold up the page that was chosen.
    this.dialog.addEventListener("close", () => this.cells.replaceChildren());
    this.cells.addEventListener("click", ({ target }) => {
      const cell = target.closest("[data-page]");
      if (!cell) return;
      this.dialog.close();
      this.goTo(Number(cell.dataset.page));
    });
  }

  open(pages) {
    this.pages = pages;
    const at = this.book.shown().indexOf(pages[0]);
    this.draw(at - (at % MOST));
    this.dialog.showModal();
    const current = this.cells.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "center", behavior: "instant" });
    current?.focus({ preventScroll: true });
  }

  /** Draw the pages from the `first` of those shown on, with ways to the others if they are many. */
  draw(first) {
    const begins = new Map(this.book.chapters.map(({ page, title }) => [page, title]));
    const shown = this.book.shown();
    const parts = shown.slice(first, first + MOST).flatMap((page) => {
      const cell = this.cell(page, this.pages.includes(page));
      return begins.has(page) ? [heading(begins.get(page)), cell] : [cell];
    });
    if (first > 0) parts.unshift(this.wayTo(first - MOST, "Earlier pages"));
    if (first + MOST < shown.length) parts.push(this.wayTo(first + MOST, "Later pages"));
    this.cells.dir = this.settings.direction;
    this.cells.replaceChildren(...parts);
  }

  wayTo(first, words) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button grid-way";
    button.textContent = words;
    button.addEventListener("click", () => {
      this.draw(first);
      this.dialog.scrollTo(0, 0);
      this.cells.querySelector("[data-page]").focus({ preventScroll: true });
    });
    return button;
  }

  cell(page, isCurrent) {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.className = "grid-cell";
    cell.dataset.page = page;
    if (isCurrent) cell.setAttribute("aria-current", "page");
    const image = document.createElement("img");
    image.loading = "lazy";
    image.alt = "";
    const { width, height } = this.book.size(page);
    const isWide = width > height;
    cell.classList.toggle("is-wide", isWide);
    image.width = isWide ? 2 * THUMB : THUMB;
    image.height = Math.round((image.width * height) / width);
    image.src = this.book.address(page, image.width);
    const label = document.createElement("span");
    label.textContent = page + 1;
    cell.append(image, label);
    const words = [`Page ${page + 1}`];
    if (this.marks.bookmarks.has(page)) {
      cell.classList.add("is-marked");
      words.push("bookmarked");
    }
    if (this.marks.notesOn([page]).length) {
      cell.classList.add("is-noted");
      words.push("with a note");
    }
    cell.setAttribute("aria-label", words.join(", "));
    return cell;
  }
}

function heading(title) {
  const made = document.createElement("h3");
  made.dir = "auto";
  made.textContent = title;
  return made;
}
