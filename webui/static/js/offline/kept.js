// The comics that this person keeps in this browser: what is there, and how far it has come.
//
// Each is a cache of its own, "longbox-kept-USER-COMIC", with the pages and the contents at the
// addresses that they have on the server, and a record of it. Taking the cache away takes it all
// away. service-worker.js reads them; keeper.js fills them.

import { at, OWN } from "../root.js";
import { user } from "../user.js";

const MINE = `${OWN}-kept-${user}-`; // as in service-worker.js
const RECORD = "/offline/record";
const COVER = "/offline/cover";

/** What a record's `state` says. */
export const State = Object.freeze({
  WANTED: "wanted", // is being kept, or will be
  KEPT: "kept",
  FULL: "full", // there was no more room
  FAILED: "failed", // its `problem` says why
});

/** Whether this browser can keep anything; it can only over HTTPS or on the machine itself, and some
 * cannot in private windows. */
export const isPossible =
  Boolean(globalThis.caches && navigator.serviceWorker && navigator.locks) &&
  (await caches.has(MINE).then(() => true, () => false));

/** Why it cannot, in a sentence. */
export const whyNot = globalThis.isSecureContext
  ? "This browser does not let Longbox keep anything. Is its window a private one?"
  : "Browsers keep comics only for sites that they reach over HTTPS. This page came over plain HTTP.";

const news = new EventTarget();
const others = isPossible ? new BroadcastChannel(`${OWN}-kept`) : null;
others?.addEventListener("message", ({ data }) => tell(data));

/** Call `listener(comicId, record)` on each change, here and in other tabs; null: it is gone. */
export function onChange(listener, options) {
  news.addEventListener("change", ({ detail }) => listener(detail.id, detail.record), options);
}

function tell(detail) {
  news.dispatchEvent(new CustomEvent("change", { detail }));
}

/** Tell all who listen, here and in other tabs. */
export function announce(id, record) {
  tell({ id, record });
  others.postMessage({ id, record });
}

/** The records of everything kept or wanted, in the order in which it was asked for. */
export async function all() {
  if (!isPossible || !user) return [];
  const ids = (await caches.keys()).filter((name) => name.startsWith(MINE));
  const records = await Promise.all(ids.map((name) => find(name.slice(MINE.length))));
  return records.filter(Boolean).sort((one, other) => one.at - other.at);
}

/** The record of a comic; null when it is not kept. */
export async function find(id) {
  if (!isPossible) return null;
  const answer = await caches.match(RECORD, { cacheName: MINE + id });
  return answer ? answer.json() : null;
}

/** Ask for a comic to be kept; one that is, or is on its way, stays what it is. */
export async function want(id, name) {
  const before = await find(id);
  if (before?.state === State.KEPT || before?.state === State.WANTED) return;
  const fresh = { id: Number(id), name, at: Date.now(), done: 0, pages: 0, bytes: 0 };
  const record = { ...fresh, ...before, state: State.WANTED, token: crypto.randomUUID() };
  const cache = await caches.open(MINE + id);
  await save(cache, record);
}

/** Note how far a comic has come. A cache that was removed meanwhile stays removed. */
export async function save(cache, record) {
  await cache.put(RECORD, new Response(JSON.stringify(record)));
  announce(record.id, record);
}

/** The cache of a comic that has one; null otherwise. */
export async function open(id) {
  if (!(await caches.has(MINE + id))) return null;
  const cache = await caches.open(MINE + id);
  if (await cache.match(RECORD)) return cache;
  await caches.delete(MINE + id); // removed at this very moment, and opened anew by ourselves
  return null;
}

export async function remove(id) {
  await caches.delete(MINE + id);
  announce(Number(id), null);
}

/** What the server said of a comic when it was last asked; null when it was not. */
export async function contentsOf(id) {
  const answer = await caches.match(at(`/api/read/${id}`), { cacheName: MINE + id });
  return answer ? answer.json() : null;
}

/** A comic's cover as a Blob, or else its first page; null while there is neither. */
export async function coverOf(id) {
  const cacheName = MINE + id;
  const first = (await contentsOf(id))?.pages.find((page) => !page.hidden);
  const answer =
    (await caches.match(COVER, { cacheName })) ?? (first && (await caches.match(first.url, { cacheName })));
  return answer ? answer.blob() : null;
}

export function putCover(cache, answer) {
  return cache.put(COVER, answer);
}

/** Take over where comics stand now, so that they open there without a connection. */
export async function noteProgress(stands) {
  if (!isPossible) return;
  for (const { book, page, completed, read_at, device, session } of stands) {
    if (page === undefined) continue; // refused
    const contents = await contentsOf(book);
    const cache = contents && (await open(book));
    if (!cache) continue;
    contents.progress = { page, completed, read_at, device, session };
    await cache.put(at(`/api/read/${book}`), new Response(JSON.stringify(contents)));
  }
}

/** Bytes, for people; as db/report.py has them. */
export function size(bytes) {
  const [unit, factor] = [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]].find(([, one]) => bytes >= one) ?? ["bytes", 1];
  return `${(bytes / factor).toFixed(factor === 1 ? 0 : 1)} ${unit}`;
}
