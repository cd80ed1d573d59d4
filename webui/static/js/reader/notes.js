// The dialog with the notes on the pages on screen: read, write, change, remove.

export class Notes {
  /** `changed()` is called when there is a note more or less. */
  constructor(root, marks, changed) {
    Object.assign(this, { marks, changed });
    this.dialog = root.querySelector("#notes");
    this.form = this.dialog.querySelector("form");
    this.list = this.dialog.querySelector("ul");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.keep();
    });
    this.dialog.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
  }

  get text() {
    return this.form.elements.text;
  }

  open(pages) {
    this.pages = pages;
    this.edit(null);
    this.draw();
    this.dialog.showModal();
    if (this.list.children.length === 0) this.text.focus();
  }

  /** Have a note in the field to be changed, or with null a new one to be written. */
  edit(note) {
    this.old = note;
    this.text.value = note?.text ?? "";
    const page = note?.page ?? this.pages[0];
    this.form.querySelector("label > span").textContent = note
      ? `Change the note on page ${page + 1}`
      : `A new note on page ${page + 1}`;
  }

  keep() {
    const words = this.text.value.trim();
    if (!words) return this.text.focus();
    this.marks.write(this.pages[0], words, this.old ?? undefined);
    this.edit(null);
    this.draw();
    this.changed();
  }

  remove(note) {
    this.marks.remove(note);
    if (this.old === note) this.edit(null);
    this.draw();
    this.changed();
    this.text.focus();
  }

  draw() {
    this.list.replaceChildren(...this.marks.notesOn(this.pages).map((note) => this.item(note)));
  }

  item(note) {
    const item = document.createElement("li");
    const words = document.createElement("p");
    words.textContent = note.text || `“${note.highlight}”`;
    const row = document.createElement("p");
    row.className = "row small";
    const where = document.createElement("span");
    where.className = "muted";
    where.textContent = `Page ${note.page + 1}`;
    const change = () => {
      this.edit(note);
      this.text.focus();
    };
    row.append(where, button("Change", change), button("Remove", () => this.remove(note)));
    item.append(words, row);
    return item;
  }
}

function button(words, deed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet small";
  made.textContent = words;
  made.addEventListener("click", deed);
  return made;
}
