// The reader's keys: one table, from which the help is drawn as well.

export const HELP = [
  ["← →", "A D", "turn the page, in the direction of reading"],
  ["Space", "Shift+Space", "read on, read back"],
  ["Shift+←", "Shift+→", "previous and next issue, in the direction of reading"],
  ["Home", "End", "first and last page"],
  ["1 2 3 4", "", "one page, two pages, one long strip, a strip sideways"],
  ["G", "", "all pages"],
  ["B", "N", "bookmark this page; write a note on it"],
  ["Z", "+ − 0", "look closer, and back"],
  ["F", "", "the whole screen"],
  ["R", "", "reading direction"],
  ["P", "", "turn pages by themselves"],
  ["M", "S", "the bars; the settings"],
  ["?", "", "these keys"],
  ["Esc", "", "close what is open"],
];

const PLAIN = {
  g: "grid",
  b: "bookmark",
  n: "notes",
  z: "zoom",
  "+": "closer",
  "=": "closer",
  "-": "farther",
  0: "whole",
  f: "fullscreen",
  r: "direction",
  p: "play",
  m: "bars",
  s: "settings",
  "?": "help",
  1: "single",
  2: "double",
  3: "vertical",
  4: "horizontal",
  home: "first",
  end: "last",
  pagedown: "on",
  pageup: "back",
  escape: "close",
};

/** What a key means, or null; `isRightToLeft` turns left and right round. */
export function meaning(event, isRightToLeft) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === " ") return event.shiftKey ? "back" : "on";
  const side = { arrowleft: -1, a: -1, arrowright: 1, d: 1 }[key];
  if (side) {
    const step = isRightToLeft ? -side : side;
    if (event.shiftKey) return step > 0 ? "nextIssue" : "previousIssue";
    return step > 0 ? "next" : "previous";
  }
  return PLAIN[key] ?? null;
}

/** Whether a key belongs to what has the focus: a field, a slider, a button. */
export function isTaken(event) {
  const { target, key } = event;
  if (target.closest("dialog:not([open])")) return false; // it was closed just now
  if (target.closest("input, select, textarea, [contenteditable]")) return key !== "Escape";
  return Boolean(target.closest("button, a, summary")) && [" ", "Enter"].includes(key);
}
