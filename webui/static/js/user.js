// Whose page this is: the id of the user it was made for; offline, of the one who was here last.

import { OWN } from "./root.js";

const STATE = `${OWN}-state`; // as in service-worker.js
const LAST_USER = "/offline/user";
const PREFIX = `${OWN}:`;
const OUTBOX = `${PREFIX}outbox:`; // see outbox.js

const signedIn = document.querySelector("meta[name=longbox-user]")?.content;

export const isSignedIn = signedIn !== undefined;
export const user = signedIn ?? (await lastUser());

if (!user) forget();
else if (isSignedIn) note();

async function lastUser() {
  if (!globalThis.caches) return "";
  try {
    const answer = await caches.match(LAST_USER, { cacheName: STATE });
    return (await answer?.text()) ?? "";
  } catch {
    return ""; // storage is forbidden here
  }
}

/** Tell the service worker, which was perhaps not there yet when this page was asked for. */
async function note() {
  if (!globalThis.caches || (await lastUser()) === user) return;
  const state = await caches.open(STATE).catch(() => null);
  await state?.put(LAST_USER, new Response(user));
}

/** Somebody has signed out: what was remembered for them goes, but for what was not sent yet. */
function forget() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !key.startsWith(OUTBOX)) localStorage.removeItem(key);
    }
  } catch {
    // Storage is forbidden, so there is nothing in it.
  }
}

const onlyHere = new Map(); // what this page remembers by itself, where storage is full or forbidden

/** Something small that is remembered in this browser for this person; null when it is not. */
export function remembered(kind, id) {
  const name = key(kind, id);
  if (onlyHere.has(name)) return onlyHere.get(name);
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Remember it; null forgets it. */
export function remember(kind, id, value) {
  const name = key(kind, id);
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
    onlyHere.delete(name);
  } catch {
    onlyHere.set(name, value);
  }
}

function key(kind, id) {
  return `${PREFIX}${kind}:${user}:${id}`;
}
