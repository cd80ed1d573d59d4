// What this person left on the pages of a comic: bookmarks and notes.

import { change, changesTo, flush, Sent } from "../outbox.js";
import { randomName } from "../random.js";
import { at } from "../root.js";
import { signIn } from "../sign-in.js";
import { remember, remembered } from "../user.js";

const KIND = "marks"; // what is remembered for the time without a connection

export class Marks {
  /** What there is; without a connection what there was. */
  static async load(bookId) {
    const known = remembered(KIND, bookId);
    const [bookmarks, notes] = await Promise.all([
      fetched(at(`/api/bookmarks?book=${bookId}`)),
      fetched(at(`/api/notes?book=${bookId}`)),
    ]);
    return new Marks(bookId, bookmarks ?? known?.bookmarks ?? [], notes ?? known?.notes ?? []);
  }

  constructor(bookId, bookmarks, notes) {
    this.bookId = bookId;
    this.bookmarks = new Set(bookmarks.map(({ page }) => page));
    this.notes = new Map(notes.map((note) => [note.uid, note]));
    for (const { method, address } of changesTo(this.addressOf(""))) {
      this.mark(Number(lastOf(address)), method === "PUT"); // not told yet
    }
    for (const { method, address, body } of changesTo(this.addressOfNote(""))) {
      if (method === "PUT") this.notes.set(lastOf(address), body);
      else this.notes.delete(lastOf(address));
    }
    this.remember();
  }

  addressOf(page) {
    return at(`/api/bookmarks/${this.bookId}/${page}`);
  }

  addressOfNote(uid) {
    return at(`/api/notes/${this.bookId}/${uid}`);
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
    const isLater = (one, other) => (one.created_at > other.created_at ? 1 : -1);
    return found.sort((one, other) => one.page - other.page || isLater(one, other));
  }

  /** Mark a page, or no longer: here at once, on the server now or when there is a connection.
   * Answers the sentence to be shown. */
  toggle(page) {
    const isMarked = !this.bookmarks.has(page);
    this.mark(page, isMarked);
    this.remember();
    change(isMarked ? "PUT" : "DELETE", this.addressOf(page), isMarked ? {} : undefined);
    tell();
    return isMarked ? `Page ${page + 1} is bookmarked.` : `Page ${page + 1} is no longer bookmarked.`;
  }

  mark(page, wanted) {
    if (wanted) this.bookmarks.add(page);
    else this.bookmarks.delete(page);
  }

  /** Write a note on a page, or in the place of `old` if that is given; as `toggle` does it. */
  write(page, text, old = { uid: randomName(), page, created_at: new Date().toISOString() }) {
    const note = { ...old, text };
    this.notes.set(note.uid, note);
    this.remember();
    change("PUT", this.addressOfNote(note.uid), note);
    tell();
  }

  /** Take a note away. */
  remove({ uid }) {
    this.notes.delete(uid);
    this.remember();
    change("DELETE", this.addressOfNote(uid));
    tell();
  }
}

/** Send what waits, after signing in if that is asked for. */
async function tell() {
  if ((await flush()) === Sent.EXPIRED && (await signIn())) await flush();
}

function lastOf(address) {
  return address.split("/").pop();
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
