// What every page does for the time without a connection: it has the service worker there, sends what
// waits, and goes on with what is being kept. Where there is no secure context, and so no service
// worker, all of it is left out but for the sending.

import { confirm } from "../dialog.js";
import { flush, isEmpty } from "../outbox.js";
import { at } from "../root.js";
import { isSignedIn, user } from "../user.js";
import * as kept from "./kept.js";

const YEAR = 365 * 24 * 3600;

export function prepareOffline() {
  if (!user) return;
  if (!isEmpty()) flush();
  addEventListener("online", () => flush());
  if (!isSignedIn || !kept.isPossible) return;
  noteTheme();
  askBeforeSignOut();
  if (document.readyState === "complete") settle();
  else addEventListener("load", settle, { once: true }); // the page itself goes first
}

async function settle() {
  navigator.serviceWorker.register(at("/service-worker.js")).catch(() => {}); // forbidden here, or no network
  const wanted = (await kept.all()).some(({ state }) => state === kept.State.WANTED);
  if (wanted) (await import("./keeper.js")).keepGoing();
}

/** For the pages of the service worker, which know no user: they read it in the cookie. */
function noteTheme() {
  const theme = document.querySelector("[data-theme-choice] :checked")?.value;
  if (theme) document.cookie = `theme=${theme}; path=${at("/")}; max-age=${YEAR}; samesite=lax`;
}

function askBeforeSignOut() {
  const form = document.querySelector(`form[action="${at("/logout")}"]`);
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    await flush();
    const records = await kept.all();
    if (!records.length || (await isAgreed(records))) form.submit();
  });
}

function isAgreed(records) {
  const many = records.length === 1 ? "The comic" : `The ${records.length} comics`;
  const bytes = records.reduce((sum, one) => sum + one.bytes, 0);
  return confirm({
    heading: "Sign out?",
    text: `${many} you keep offline in this browser (${kept.size(bytes)}) will be removed from it, and nowhere else.`,
    agree: "Sign out",
  });
}
