// Tells the server how far one has read: soon after each turn, at the latest when the page is left.
// What cannot be told now waits in the browser's storage, also over a restart, and is sent later;
// the server knows by the moments which turn was the last, so nothing sets anybody back.

import { signIn } from "../sign-in.js";

const SOON = 800; // milliseconds in which turns are told together
const AGAIN = 15_000; // milliseconds until what failed is tried again
const IDLE = 120_000; // milliseconds on one page that count as reading at most
const OUTBOX = "longbox:outbox";

export class Progress {
  constructor(book) {
    this.book = book;
    this.session = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
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
    put({
      book: this.book.id,
      page,
      page_count: this.book.pages.length,
      completed: page >= this.book.last,
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
    const mine = take().find((one) => one.session === this.session);
    if (mine) put({ ...mine, seconds: Math.round(this.seconds) });
    this.send({ keepalive: true });
  }

  async send({ keepalive = false } = {}) {
    const items = take();
    if (!items.length) return;
    try {
      const answer = await post(items, keepalive);
      if (answer.status === 401) {
        if (!keepalive && (await signIn())) this.later(0);
      } else if (answer.status < 500) {
        drop(items); // told; or refused, and it would be refused again
      } else this.later(AGAIN);
    } catch {
      this.later(AGAIN);
    }
  }
}

function post(items, keepalive) {
  return fetch("/api/progress", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ items, sent_at: new Date().toISOString() }),
    keepalive,
  });
}

// ---- the outbox: the last report of each sitting

function read() {
  try {
    return JSON.parse(localStorage.getItem(OUTBOX)) ?? {};
  } catch {
    return {};
  }
}

function write(outbox) {
  try {
    localStorage.setItem(OUTBOX, JSON.stringify(outbox));
  } catch {
    // The storage is full or forbidden: what is told at once is told all the same.
  }
}

function take() {
  return Object.values(read());
}

function put(report) {
  write({ ...read(), [report.session]: report });
}

/** Forget reports that were told, unless the same sitting has gone on since. */
function drop(told) {
  const outbox = read();
  for (const { session, sequence, seconds } of told) {
    const kept = outbox[session];
    if (kept?.sequence === sequence && kept.seconds === seconds) delete outbox[session];
  }
  write(outbox);
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
