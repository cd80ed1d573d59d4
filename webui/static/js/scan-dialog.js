// The scan with options: a dialog over the page that it was asked for on, and its form. Another
// library or profile fills in what nobody has chosen. Without scripts it is a page of its own.

const LINK = "[data-scan-dialog]";

document.addEventListener("click", async (event) => {
  const link = event.target.closest(LINK);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const form = await fetched(link.href);
  if (!form) location.assign(link.href);
  else if (!document.querySelector(".scan-dialog")) show(form); // one click of two has opened it
});

// What somebody chose is never filled in again, not even if it was put back to what it was before.
document.addEventListener("input", ({ target }) => {
  const { form, name } = target;
  if (form?.id !== "scan-form") return;
  form.elements.chosen.value = [...chosenIn(form).add(name)].join(" ");
});

let newest = 0;

document.addEventListener("change", async ({ target }) => {
  if (!target.matches("#scan-form [data-fills]")) return;
  const { form } = target;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "fill");
  const mine = ++newest;
  const filled = await fetched(form.action, { method: "POST", body });
  if (filled && mine === newest) fillIn(form, filled);
});

const here = document.getElementById("scan-form");
if (here) prepared(here);

function show(form) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog scan-dialog";
  dialog.setAttribute("aria-labelledby", "scan-dialog-title");
  const heading = document.createElement("h2");
  heading.id = "scan-dialog-title";
  heading.textContent = "Scan with options";
  const cancel = document.createElement("button");
  cancel.className = "button quiet";
  cancel.type = "button";
  cancel.textContent = "Cancel";
  cancel.addEventListener("click", () => dialog.close());
  prepared(form).querySelector(".dialog-actions").prepend(cancel);
  dialog.append(heading, form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The form of the page at an address; null when that cannot be had. */
async function fetched(address, how = {}) {
  const headers = { Accept: "text/html" };
  const answer = await fetch(address, { ...how, headers }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("scan-form");
}

/** Take over what another form says, but for what was chosen in this one, also meanwhile. */
function fillIn(form, filled) {
  const chosen = chosenIn(form).add("chosen");
  for (const { name, type } of filled.elements) {
    if (!name || type === "submit" || chosen.has(name)) continue;
    const [mine, theirs] = [form, filled].map(({ elements }) => elements[name]);
    if (type === "checkbox") mine.checked = theirs.checked;
    else mine.value = theirs.value;
  }
  form.querySelector("details").open ||= filled.querySelector("details").open;
}

function chosenIn(form) {
  return new Set(form.elements.chosen.value.split(" ").filter(Boolean));
}

function prepared(form) {
  form.querySelector("[data-without-script]")?.remove();
  return form;
}
