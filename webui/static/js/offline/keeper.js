// Brings what is wanted into the browser, comic after comic, two pages at a time so that whoever
// reads meanwhile does not wait. One tab does it for all; what one leaves undone the next page of the
// site goes on with.

import { sentence } from "../api.js";
import { Marks } from "../reader/marks.js";
import { Settings } from "../reader/settings.js";
import { at, OWN } from "../root.js";
import { signIn } from "../sign-in.js";
import * as kept from "./kept.js";

const AT_ONCE = 2;
const TRIES = 5;
const WAIT = 1000; // milliseconds, longer with each try
const WITHOUT_CONNECTION = 15_000; // milliseconds until one looks again
const BUSY = new Set([429, 502, 503, 504]);
const REPLACED = new Set([404, 410]);

/** Why a comic cannot be kept, in a sentence. */
class Failed extends Error {}

/** The comic's pages are others now. */
class Replaced extends Error {}

/** Nobody wants it any more. */
class Unwanted extends Error {}

let running = false;
let again = false;

/** Work until nothing is wanted; to be called whenever something may be. */
export async function keepGoing() {
  again = true;
  if (running || !kept.isPossible) return;
  running = true;
  try {
    while (again) {
      again = false;
      await navigator.locks.request(`${OWN}-keeping`, work);
    }
  } finally {
    running = false;
  }
}

async function work() {
  for (;;) {
    const record = (await kept.all()).find(({ state }) => state === kept.State.WANTED);
    if (!record) return;
    const cache = await kept.open(record.id);
    if (cache) await new Keeping(cache, record).bring();
  }
}

class Keeping {
  constructor(cache, record) {
    Object.assign(this, { cache, record });
  }

  /** Bring everything that is not here yet, and say how it ended. */
  async bring() {
    try {
      await this.bringAll().catch((problem) => {
        if (!(problem instanceof Replaced)) throw problem;
        return this.bringAll(); // with the new contents
      });
      await this.note({ state: kept.State.KEPT });
      await this.cover();
      await this.reading();
    } catch (problem) {
      if (!(problem instanceof Unwanted)) await this.giveUp(problem);
    }
  }

  async bringAll() {
    const contents = await this.contents();
    const pages = contents.pages.filter((page) => !page.hidden).map((page) => page.url);
    const here = new Set((await this.cache.keys()).map(({ url }) => pathOf(url)));
    const missing = pages.filter((address) => !here.has(address));
    await this.note({ pages: pages.length, done: pages.length - missing.length });
    const line = async () => {
      while (missing.length) await this.bringPage(missing.shift());
    };
    await Promise.all(Array.from({ length: AT_ONCE }, line)).catch((problem) => {
      missing.length = 0; // the other line ends, too
      throw problem;
    });
  }

  async contents() {
    const address = at(`/api/read/${this.record.id}`);
    const answer = await this.ask(address);
    if (!answer.ok) throw new Failed(await sentence(answer));
    const contents = await answer.clone().json();
    const before = await kept.contentsOf(this.record.id);
    if (before && before.version !== contents.version) await this.forgetPages();
    await this.cache.put(address, answer);
    const { title, number, series, version } = contents;
    await this.note({ title, number, series, version });
    return contents;
  }

  /** The file was replaced: none of the pages that are here is one of it. */
  async forgetPages() {
    for (const { url } of await this.cache.keys()) {
      if (pathOf(url).includes("/pages/")) await this.cache.delete(url);
    }
    this.record.bytes = 0;
  }

  /** One page. A damaged one is kept as the server tells it: as a picture that says so. */
  async bringPage(address) {
    const answer = await this.ask(address, "image/*");
    if (REPLACED.has(answer.status)) throw new Replaced();
    const isPicture = answer.headers.get("Content-Type")?.startsWith("image/");
    if (!isPicture) throw new Failed(await sentence(answer));
    const picture = await answer.blob();
    const { status } = answer;
    const headers = { "Content-Type": picture.type };
    await this.cache.put(address, new Response(picture, { status, headers }));
    this.record.done += 1; // at once: there are two lines
    this.record.bytes += picture.size;
    await this.note();
  }

  /** The cover, if there is one yet; the first page does as well. */
  async cover() {
    const answer = await fetch(at(`/api/cover/${this.record.id}?wait=0`)).catch(() => null);
    if (!answer?.ok || answer.headers.get("X-Cover") !== null) return;
    await kept.putCover(this.cache, answer);
    await this.note();
  }

  /** How this person reads it: what has been loaded once is remembered. */
  async reading() {
    const { id, series, direction } = await kept.contentsOf(this.record.id);
    await Promise.all([Settings.load(series.id, direction), Marks.load(id)]);
  }

  /** An answer that will not be another for asking again; waits out all that passes. */
  async ask(address, accept = "application/json") {
    for (let attempt = 1; ; attempt++) {
      await this.mustBeWanted();
      const options = { headers: { Accept: accept }, priority: "low" };
      const answer = await fetch(address, options).catch(() => null);
      if (answer === null) {
        attempt = 0;
        await this.connection();
      } else if (answer.status === 401) {
        await this.mustBeWanted(); // no longer by somebody who has just signed out
        if (!(await signIn())) throw new Failed("You are signed out. Sign in to go on.");
      } else if (BUSY.has(answer.status) && attempt < TRIES) {
        await new Promise((resolve) => setTimeout(resolve, WAIT * attempt));
      } else return answer;
    }
  }

  /** Wait until there may be a connection, or nobody wants the comic any more. */
  async connection() {
    const over = new AbortController();
    const news = new Promise((resolve) => {
      addEventListener("online", resolve, { signal: over.signal });
      kept.onChange((id, record) => record === null && id === this.record.id && resolve(), over);
      setTimeout(resolve, WITHOUT_CONNECTION);
    });
    await this.note({ waits: true });
    await news;
    over.abort();
    await this.note({ waits: false });
  }

  async mustBeWanted() {
    const now = await kept.find(this.record.id);
    if (now?.token !== this.record.token) throw new Unwanted();
  }

  async note(changes = {}) {
    await this.mustBeWanted();
    await kept.save(this.cache, Object.assign(this.record, changes));
  }

  async giveUp(problem) {
    const isFull = problem.name === "QuotaExceededError";
    const words = problem instanceof Failed ? problem.message : "It cannot be kept in this browser.";
    try {
      await this.note(isFull ? { state: kept.State.FULL } : { state: kept.State.FAILED, problem: words });
    } catch (another) {
      if (another instanceof Unwanted) return;
      await kept.remove(this.record.id); // there is not even room for a word
      kept.announce(this.record.id, { ...this.record, done: 0 });
    }
    if (!isFull && !(problem instanceof Failed)) reportError(problem);
  }
}

function pathOf(address) {
  const { pathname, search } = new URL(address, location);
  return pathname + search;
}
