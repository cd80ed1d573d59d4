// Whether anything may move: not for people who asked their device for less motion, nor on e-ink.

export function isStill() {
  return (
    matchMedia("(prefers-reduced-motion: reduce)").matches ||
    document.getElementById("contrast-theme").media === "all"
  );
}
