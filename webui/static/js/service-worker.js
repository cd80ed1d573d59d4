// Longbox without a connection. The server puts a line before this one: SHELL, which names all that
// the browser is to keep of Longbox itself, and its version.
//
// Everything personal comes from the network while there is one. What a person keeps offline is in
// caches of their own, "longbox-kept-USER-COMIC", which js/offline/kept.js fills; this program reads
// them for the person who was signed in last, and removes them when that person signs out.

const OWN = `longbox${SHELL.root}`; // as in root.js
const OURS = `${OWN}-shell-${SHELL.version}`;
const STATE = `${OWN}-state`; // who was signed in last
const LAST_USER = "/offline/user";
const PATIENCE = 4000; // milliseconds a slow connection has, where a copy is kept
const NOT_LONGBOX = new Set([502, 504]); // answers of a proxy that cannot reach it
const SIGN_OUT = new Set(["/logout", "/api/auth/logout"]);

const READER = /^\/read\/(\d+)$/;
const CONTENTS = /^\/api\/read\/(\d+)$/;
const PAGE = /^\/api\/read\/(\d+)\/pages\/\d+$/;

addEventListener("install", (event) => {
  // A page open now has its files already, and those of another version are at other addresses:
  // there is nothing to wait for.
  skipWaiting();
  event.waitUntil(keepShell());
});

addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin || !url.pathname.startsWith(`${SHELL.root}/`)) return;
  if (request.method === "POST" && SIGN_OUT.has(pathOf(url))) {
    event.respondWith(signOut(request));
  } else if (request.mode === "navigate") {
    if (!pathOf(url).startsWith("/api/")) event.respondWith(page(event, url));
  } else if (request.method !== "GET") {
    return;
  } else if (url.pathname.startsWith(SHELL.static)) {
    event.respondWith(ofShell(request));
  } else if (PAGE.test(pathOf(url))) {
    event.respondWith(pageOfComic(request, url));
  } else if (CONTENTS.test(pathOf(url))) {
    event.respondWith(contents(request, url));
  }
});

addEventListener("sync", (event) => {
  if (event.tag === "longbox-outbox") event.waitUntil(sendOutbox());
});

/** An address's path below Longbox's own. */
function pathOf(url) {
  return url.pathname.slice(SHELL.root.length);
}

// ---- Longbox itself

async function keepShell() {
  const cache = await caches.open(OURS);
  const pages = [SHELL.page, SHELL.reader].map(async (address) => {
    // As a stranger sees them: nobody's name stays in the browser.
    const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new TypeError(`${address}: ${answer.status}`);
    await cache.put(address, answer);
  });
  await Promise.all([cache.addAll(SHELL.files), ...pages]);
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(`${OWN}-shell-`) && name !== OURS) await caches.delete(name);
  }
  await registration.navigationPreload?.enable();
  await clients.claim();
}

async function ofShell(request) {
  return (await caches.match(request, { cacheName: OURS })) ?? fetch(request);
}

/** A page of the site: from the network; without one the reader of a kept comic, or /offline. */
async function page(event, url) {
  const reader = READER.exec(pathOf(url));
  const kept = reader && (await keptComic(reader[1]));
  try {
    const answer = await inTime(preloaded(event), kept);
    await noteUser(answer.headers.get(SHELL.user));
    if (!NOT_LONGBOX.has(answer.status)) return answer;
  } catch {
    // There is no connection, or none to speak of.
  }
  return caches.match(kept ? SHELL.reader : SHELL.page, { cacheName: OURS });
}

async function preloaded(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

// ---- kept comics

/** A page of a comic: the kept one, for its address names the version; or else from the network. */
async function pageOfComic(request, url) {
  const kept = await keptComic(PAGE.exec(pathOf(url))[1]);
  if (!kept) return fetch(request);
  const isScaled = url.searchParams.has("width");
  url.searchParams.delete("width");
  const copy = await kept.match(url.pathname + url.search, { ignoreVary: true });
  if (!copy || (copy.ok && !isScaled)) return copy ?? fetch(request);
  // A smaller picture, or a page that could not be had when it was kept: better from the server.
  try {
    const answer = await inTime(fetch(request), kept);
    return NOT_LONGBOX.has(answer.status) ? copy : answer;
  } catch {
    return copy;
  }
}

/** What a reader needs to begin; from the store as it was when the server was last asked. */
async function contents(request, url) {
  const kept = await keptComic(CONTENTS.exec(pathOf(url))[1]);
  if (!kept) return fetch(request);
  try {
    const answer = await inTime(fetch(request), kept);
    if (!NOT_LONGBOX.has(answer.status)) return answer;
  } catch {
    // As above.
  }
  return kept.match(url.pathname, { ignoreVary: true });
}

/** The cache of a comic that the person who was signed in last keeps; undefined when there is none,
 * or nothing in it yet. */
async function keptComic(id) {
  const user = await lastUser();
  const name = `${OWN}-kept-${user}-${id}`;
  const contents = user && (await caches.match(`${SHELL.root}/api/read/${id}`, { cacheName: name }));
  return contents ? caches.open(name) : undefined;
}

/** The answer; where there is a copy to fall back on, only if it comes soon. */
function inTime(answer, copy) {
  if (!copy) return answer;
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE, new Error("late")));
  return Promise.race([answer, late]);
}

// ---- whose it is

let known;

async function lastUser() {
  known ??= await (await caches.match(LAST_USER, { cacheName: STATE }))?.text();
  return known;
}

async function noteUser(user) {
  if (!user || user === (await lastUser())) return;
  const state = await caches.open(STATE);
  await state.put(LAST_USER, new Response(user));
  known = user;
}

/** Sign out, and leave nothing behind that belongs to the person. */
async function signOut(request) {
  const user = await lastUser();
  let answer;
  try {
    answer = await fetch(request);
  } catch (problem) {
    if (request.mode !== "navigate") throw problem;
    return caches.match(SHELL.page, { cacheName: OURS });
  }
  if (user && (answer.ok || answer.type === "opaqueredirect")) {
    known = undefined;
    await caches.delete(STATE);
    for (const name of await caches.keys()) {
      if (name.startsWith(`${OWN}-kept-${user}-`)) await caches.delete(name);
    }
  }
  return answer;
}

// ---- what was noted without a connection (js/outbox.js leaves a copy of it here)

async function sendOutbox() {
  const user = await lastUser();
  const name = `${OWN}-outbox-${user}`;
  const box = await caches.match("/offline/outbox", { cacheName: name });
  if (!box) return;
  for (const { method, address, body } of await box.json()) {
    if (body?.items) body.sent_at = new Date().toISOString();
    const answer = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json", [SHELL.user]: user },
      body: body && JSON.stringify(body),
    });
    if (answer.status >= 500) throw new Error(`${address}: ${answer.status}`); // once more, later
    if ([401, 403, 409].includes(answer.status)) return; // a page of that person will see to it
  }
  await caches.delete(name);
}
