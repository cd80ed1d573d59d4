// Where on its server Longbox is: at the top, or below a path that a proxy takes off. The addresses in
// what the server sends are whole; those that are written in a script go through `at`.

/** The path, without a slash at its end: "" at the top, else like "/comics". */
export const root = new URL("../../..", import.meta.url).pathname.slice(0, -1);

/** What is Longbox's own in the browser begins with this: another one may be on the same server. */
export const OWN = `longbox${root}`; // as in service-worker.js

/** An address of Longbox's as the browser needs it: `at("/progress")`. */
export function at(path) {
  return root + path;
}
