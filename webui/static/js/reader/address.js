// Keeps the page's number in the address, for reloads and links. Browsers refuse an address that
// changes too often (Safari: 100 times in 30 seconds), as it would while an arrow key is held down.

const AT_ONCE = 20; // changes that may follow each other quickly
const PAUSE = 400; // milliseconds in which another may

let spare = AT_ONCE;
let changedAt = 0;
let timer = null;
let wanted = "";

export function showInAddress(page) {
  wanted = `?page=${page + 1}`;
  if (timer !== null) return;
  const now = performance.now();
  spare = Math.min(AT_ONCE, spare + (now - changedAt) / PAUSE);
  changedAt = now;
  if (spare >= 1) write();
  else timer = setTimeout(write, PAUSE);
}

function write() {
  clearTimeout(timer);
  timer = null;
  spare -= 1;
  history.replaceState(null, "", wanted);
}

addEventListener("pagehide", () => {
  if (timer !== null) write();
});
