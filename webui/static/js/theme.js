// Dark, light, or as the device prefers. The choice is a cookie of this device, so that the server
// sends the right theme and nothing flashes; base.html's link to light.css carries it out.

const MEDIA = { dark: "not all", light: "all", device: "(prefers-color-scheme: light)" };
const YEAR = 365 * 24 * 3600;

export function prepareTheme() {
  document.querySelector("[data-theme-choice]")?.addEventListener("change", (event) => {
    const theme = event.target.value;
    document.getElementById("light-theme").media = MEDIA[theme];
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
  });
}
