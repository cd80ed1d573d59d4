// What this person did that the server does not know yet: how far they have read, and what they
// changed while reading. It waits in the browser's storage, also over a restart, and is sent by
// whichever page is open when the connection is back.
//
// Reports and changes are sent again until they are answered; the server knows by the moments which
// turn of a page was the last, and of the changes to one address only the newest is kept.

import { noteProgress } from "./offline/kept.js";
import { at, OWN } from "./root.js";
import { remember, remembered, user } from "./user.js";

const MOST_REPORTS = 200; // that the server takes at once
const USER = "X-Longbox-User";
// The session has ended, a password is to be changed first, another person is signed in, too many.
const NOT_NOW = new Set([401, 403, 409, 429]);

/** What became of sending: nothing is left, it did not go through, or one must sign in first. */
export const Sent = Object.freeze({ ALL: "all", LATER: "later", EXPIRED: "expired" });

/** Note how far one is in a sitting; what was noted of it before is replaced. */
export function report(one) {
  const box = read();
  box.reports[one.session] = one;
  write(box);
}

/** The report of a sitting that is not told yet. */
export function reportOf(session) {
  return read().reports[session];
}

/** Where one was last in a comic, as far as the server does not know it; null when it knows. */
export function placeIn(book) {
  const here = Object.values(read().reports).filter((one) => one.book === Number(book));
  return here.reduce((last, one) => (last && last.at > one.at ? last : one), null);
}

/** Note a change that a request makes; an earlier one to the same address is replaced. */
export function change(method, address, body) {
  const box = read();
  delete box.changes[address]; // to the end of the row
  box.changes[address] = { method, address, body };
  write(box);
}

/** The changes that wait for addresses that begin like this. */
export function changesTo(start) {
  return Object.values(read().changes).filter(({ address }) => address.startsWith(start));
}

export function isEmpty() {
  const { reports, changes } = read();
  return !Object.keys(reports).length && !Object.keys(changes).length;
}

let sending = Promise.resolve(Sent.ALL);

/** Send everything; `keepalive` while the page is being left: now or never. */
export function flush({ keepalive = false } = {}) {
  if (keepalive) return send(keepalive);
  sending = sending.then(() => send(false)); // one at a time
  return sending;
}

async function send(keepalive) {
  if (isEmpty()) return Sent.ALL;
  try {
    for (const batch of batches(Object.values(read().reports))) {
      const sent = { items: batch, sent_at: new Date().toISOString() };
      const answer = await request("POST", at("/api/progress"), sent, keepalive);
      if (!isTaken(answer)) return await waits(answer);
      drop(batch);
      if (answer.ok) await noteProgress((await answer.json()).items);
    }
    for (const one of Object.values(read().changes)) {
      const answer = await request(one.method, one.address, one.body, keepalive);
      if (!isTaken(answer)) return await waits(answer);
      dropChange(one);
    }
  } catch {
    return await waits(null);
  }
  globalThis.caches?.delete(copyName()).catch(() => {});
  return Sent.ALL;
}

/** Whether the server is done with it: it was told, or refused it, and would refuse it again. */
function isTaken({ status }) {
  return status < 500 && !NOT_NOW.has(status);
}

async function waits(answer) {
  if (answer?.status === 401) return Sent.EXPIRED;
  await leaveCopy();
  return Sent.LATER;
}

function request(method, address, body, keepalive) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", [USER]: user };
  return fetch(address, { method, headers, keepalive, body: body && JSON.stringify(body) });
}

function* batches(reports) {
  for (let at = 0; at < reports.length; at += MOST_REPORTS) {
    yield reports.slice(at, at + MOST_REPORTS);
  }
}

/** Forget reports that were told, unless the same sitting has gone on since. */
function drop(told) {
  const box = read();
  for (const { session, sequence, seconds } of told) {
    const kept = box.reports[session];
    if (kept?.sequence === sequence && kept.seconds === seconds) delete box.reports[session];
  }
  write(box);
}

function dropChange(one) {
  const box = read();
  const kept = box.changes[one.address];
  if (JSON.stringify(kept) === JSON.stringify(one)) delete box.changes[one.address];
  write(box);
}

function read() {
  return { reports: {}, changes: {}, ...remembered("outbox", "") };
}

function write(box) {
  remember("outbox", "", box);
}

// ---- for the service worker, which some browsers wake when the connection is back

function copyName() {
  return `${OWN}-outbox-${user}`; // as in service-worker.js
}

async function leaveCopy() {
  const worker = (await navigator.serviceWorker?.getRegistration().catch(() => null)) ?? null;
  if (!worker?.sync) return;
  const { reports, changes } = read();
  const told = [...batches(Object.values(reports))];
  const requests = told.map((items) => ({ method: "POST", address: at("/api/progress"), body: { items } }));
  const box = JSON.stringify([...requests, ...Object.values(changes)]);
  try {
    await (await caches.open(copyName())).put("/offline/outbox", new Response(box));
    await worker.sync.register("longbox-outbox");
  } catch {
    // Not allowed here: a page sends it, then.
  }
}
