// A question with two answers.

/** Ask in a modal dialog; answers whether the person agreed. */
export function confirm({ heading, text, agree, danger = false }) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "question");
  dialog.innerHTML = `
    <form method="dialog">
      <h2 id="question"></h2>
      <p class="muted"></p>
      <div class="dialog-actions">
        <button class="button quiet" value="no">Cancel</button>
        <button class="button" value="yes" autofocus></button>
      </div>
    </form>`;
  dialog.querySelector("h2").textContent = heading;
  dialog.querySelector("p").textContent = text;
  const button = dialog.querySelector("[value=yes]");
  button.textContent = agree;
  button.classList.add(danger ? "danger" : "primary");
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}
