// The hamburger menu: a <details>, which works by itself; here it learns to close again.

const menu = document.getElementById("menu");

export function prepareMenu() {
  if (!menu) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      closeMenu();
    }
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

/** Close the menu, if it is open, and leave the keyboard where it was opened. */
export function closeMenu() {
  if (!menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}
