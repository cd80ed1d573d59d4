// The sign-in dialog that opens over the page when the session has run out.

import { at } from "./root.js";
import { user } from "./user.js";

let open = null;

/** Ask for name and password until they are right; answers false if the person gives up. To another
 * person than the one whose page this is it answers nothing: the page is being left. */
export function signIn() {
  open ??= ask().finally(() => {
    open = null;
  });
  return open;
}

function ask() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "sign-in-again");
  dialog.innerHTML = `
    <form class="stack">
      <h2 id="sign-in-again">Please sign in again</h2>
      <p class="muted">Your session has ended. This page stays as it is.</p>
      <p class="notice bad" role="alert" hidden></p>
      <label class="field"><span>Name</span>
        <input class="input" name="username" autocomplete="username" required></label>
      <label class="field"><span>Password</span>
        <input class="input" name="password" type="password" autocomplete="current-password" required></label>
      <div class="dialog-actions">
        <button class="button quiet" type="button" data-cancel>Not now</button>
        <button class="button primary">Sign in</button>
      </div>
    </form>`;
  document.body.append(dialog);
  const form = dialog.querySelector("form");
  const notice = dialog.querySelector(".notice");
  dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "signed in");
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const problem = await tryToSignIn(Object.fromEntries(new FormData(form)));
      if (!problem) return dialog.close("signed in");
      notice.textContent = problem;
      notice.hidden = false;
    });
    dialog.showModal();
  });
}

async function tryToSignIn(credentials) {
  try {
    const answer = await fetch(at("/api/auth/login"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(credentials),
    });
    const said = await answer.json();
    if (!answer.ok) return said.error.message;
    if (user && String(said.user.id) !== user) await leave();
    return "";
  } catch {
    return "The server cannot be reached. Is Longbox running?";
  }
}

/** Go where everybody begins, and let nothing go on here: what is on this page is somebody else's, and
 * so is what it would send. */
function leave() {
  location.assign(at("/"));
  return new Promise(() => {});
}
