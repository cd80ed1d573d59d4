// The scan with options: a dialog over the page that it was asked for on, and its form, which is
// filled in anew when another library or profile is chosen. Without scripts it is a page of its own.

const LINK = "[data-scan-dialog]";

document.addEventListener("click", async (event) => {
  const link = event.target.closest(LINK);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const form = await fetched(link.href);
  if (form) show(form);
  else location.assign(link.href);
});

document.addEventListener("change", async (event) => {
  if (!event.target.matches("#scan-form [data-fills]")) return;
  const before = event.target.form;
  const address = new URL(before.dataset.page, location.href);
  for (const choice of before.querySelectorAll("[data-fills]")) {
    if (choice.value) address.searchParams.set(choice.name, choice.value);
  }
  const form = await fetched(address);
  if (!form) return;
  const { name } = event.target;
  before.replaceWith(prepared(form));
  form.querySelector(`[name=${name}]`).focus();
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
async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("scan-form");
}

function prepared(form) {
  form.querySelector("[data-without-script]")?.remove();
  return form;
}
