// Tells the server how far one has read: soon after each turn, at the latest when the page is left.
// What cannot be told now waits in the outbox.

import { flush, isEmpty, report, reportOf, Sent } from "../outbox.js";
import { randomName } from "../random.js";
import { signIn } from "../sign-in.js";

const SOON = 800; // milliseconds in which turns are told together
const AGAIN = 15_000; // milliseconds until what failed is tried again
const IDLE = 120_000; // milliseconds on one page that count as reading at most

const BROWSER = "longbox-browser"; // whoever is signed in, it is the same

const browser = ownName();

/** Whether a sitting was one in this browser. */
export function isOfThisBrowser(session) {
  return session?.startsWith(`${browser}.`);
}

/** A name by which this browser knows what it has reported itself. */
function ownName() {
  try {
    const name = localStorage.getItem(BROWSER) ?? randomName();
    localStorage.setItem(BROWSER, name);
    return name;
  } catch {
    return randomName(); // storage is forbidden here
  }
}

export class Progress {
  constructor(book) {
    this.book = book;
    this.session = `${browser}.${randomName()}`;
    this.device = device();
    this.sequence = 0;
    this.seen = new Set();
    this.seconds = 0;
    this.turnedAt = Date.now();
    this.timer = null;
    addEventListener("online", () => this.send());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.leave();
      else this.turnedAt = Date.now();
    });
    this.later(0); // what waits from another day
  }

  /** The pages on screen are these now. */
  turned(pages) {
    this.countSeconds();
    pages.forEach((page) => this.seen.add(page));
    const page = Math.max(...pages);
    this.sequence += 1;
    report({
      book: this.book.id,
      page,
      page_count: this.book.pages.length,
      completed: page >= this.book.pages.findLastIndex((one) => !one.hidden),
      at: new Date().toISOString(),
      device: this.device,
      session: this.session,
      sequence: this.sequence,
      pages: this.seen.size,
      seconds: Math.round(this.seconds),
      utc_offset: -new Date().getTimezoneOffset(),
    });
    this.later(SOON);
  }

  countSeconds() {
    const now = Date.now();
    if (!document.hidden) this.seconds += Math.min(IDLE, now - this.turnedAt) / 1000;
    this.turnedAt = now;
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), milliseconds);
  }

  /** The page is being left: a request that outlives it. */
  leave() {
    this.countSeconds();
    const mine = reportOf(this.session);
    if (mine) report({ ...mine, seconds: Math.round(this.seconds) });
    this.send({ keepalive: true });
  }

  async send({ keepalive = false } = {}) {
    if (isEmpty()) return;
    const outcome = await flush({ keepalive });
    if (outcome === Sent.LATER) this.later(AGAIN);
    else if (outcome === Sent.EXPIRED && !keepalive && (await signIn())) this.later(0);
  }
}

/** A name for this browser that a person recognises. */
function device() {
  const agent = navigator.userAgent;
  const system = [
    ["iPad", /iPad/],
    ["iPhone", /iPhone/],
    ["Android", /Android/],
    ["Windows", /Windows/],
    ["Mac", /Macintosh/],
    ["Linux", /Linux/],
  ].find(([, pattern]) => pattern.test(agent));
  const browser = [
    ["Firefox", /Firefox/],
    ["Edge", /Edg/],
    ["Chrome", /Chrom/],
    ["Safari", /Safari/],
  ].find(([, pattern]) => pattern.test(agent));
  return `${browser?.[0] ?? "Browser"} on ${system?.[0] ?? "a device"}`;
}
