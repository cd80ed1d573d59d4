// What this person left on the pages of a comic: bookmarks and notes.

import { send, sentence } from "../api.js";
import { change, changesTo, flush, Sent } from "../outbox.js";
import { signIn } from "../sign-in.js";
import { remember, remembered } from "../user.js";

const KIND = "marks"; // what is remembered for the time without a connection

export class Marks {
  /** What there is; without a connection what there was. */
  static async load(bookId) {
    const known = remembered(KIND, bookId);
    const [bookmarks, notes] = await Promise.all([
      fetched(`/api/bookmarks?book=${bookId}`),
      fetched(`/api/notes?book=${bookId}`),
    ]);
    return new Marks(bookId, bookmarks ?? known?.bookmarks ?? [], notes ?? known?.notes ?? []);
  }

  constructor(bookId, bookmarks, notes) {
    this.bookId = bookId;
    this.bookmarks = new Set(bookmarks.map(({ page }) => page));
    this.notes = new Map(notes.map((note) => [note.id, note]));
    for (const { method, address } of changesTo(this.addressOf(""))) {
      this.mark(Number(address.split("/").pop()), method === "PUT"); // not told yet
    }
    this.remember();
  }

  addressOf(page) {
    return `/api/bookmarks/${this.bookId}/${page}`;
  }

  remember() {
    const bookmarks = [...this.bookmarks].map((page) => ({ page }));
    const notes = [...this.notes.values()];
    const isEmpty = !bookmarks.length && !notes.length;
    remember(KIND, this.bookId, isEmpty ? null : { bookmarks, notes });
  }

  /** The notes on these pages, in their order. */
  notesOn(pages) {
    const found = [...this.notes.values()].filter(({ page }) => pages.includes(page));
    return found.sort((one, other) => one.page - other.page || one.id - other.id);
  }

  /** Mark a page, or no longer: here at once, on the server now or when there is a connection.
   * Answers the sentence to be shown. */
  toggle(page) {
    const isMarked = !this.bookmarks.has(page);
    this.mark(page, isMarked);
    this.remember();
    change(isMarked ? "PUT" : "DELETE", this.addressOf(page), isMarked ? {} : undefined);
    tell();
    return isMarked ? `Page ${page + 1} is marked.` : `Page ${page + 1} is no longer marked.`;
  }

  mark(page, wanted) {
    if (wanted) this.bookmarks.add(page);
    else this.bookmarks.delete(page);
  }

  /** Write a note on a page, in the place of `old` if that is given; answers what went wrong. */
  async write(page, text, old) {
    const { words, answer } = old
      ? await told("PUT", `/api/notes/${old.id}`, { ...old, text })
      : await told("POST", "/api/notes", { book: this.bookId, page, text });
    if (words) return words;
    const note = await answer.json();
    this.notes.set(note.id, note);
    this.remember();
    return "";
  }

  /** Take a note away; answers what went wrong. */
  async remove(note) {
    const { words } = await told("DELETE", `/api/notes/${note.id}`);
    if (!words) this.notes.delete(note.id);
    this.remember();
    return words;
  }
}

/** Send a change: the answer, or in `words` why there is none. */
async function told(method, address, body) {
  try {
    const answer = await send(method, address, body);
    return answer.ok ? { words: "", answer } : { words: await sentence(answer) };
  } catch {
    return { words: "The server cannot be reached, so this was not kept. Try again." };
  }
}

/** Send what waits, after signing in if that is asked for. */
async function tell() {
  if ((await flush()) === Sent.EXPIRED && (await signIn())) await flush();
}

/** The items of a listing; null where nobody answers. */
async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).items : null;
  } catch {
    return null;
  }
}
