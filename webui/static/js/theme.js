// Dark, light, as the device prefers, or for e-ink. The choice is the person's, kept by the server so
// that no page flashes; a cookie has it for pages before the sign-in. base.html's links carry it out.

import { at } from "./root.js";

const YEAR = 365 * 24 * 3600;

export function prepareTheme() {
  document.querySelector("[data-theme-choice]")?.addEventListener("change", ({ target }) => {
    document.getElementById("light-theme").media = target.dataset.light;
    document.getElementById("contrast-theme").media = target.dataset.contrast;
    document.cookie = `theme=${target.value}; path=${at("/")}; max-age=${YEAR}; samesite=lax`;
    keep(target.value).catch(() => {}); // without a connection it holds for this page alone
  });
}

/** Tell the server, also when the page is left at once. */
function keep(theme) {
  return fetch(at("/api/preferences"), {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ theme }),
    keepalive: true,
  });
}
