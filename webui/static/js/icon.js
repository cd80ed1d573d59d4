// A picture of the sprite, hidden from screen readers: words stand beside it. As `icon` in templates.

const SPRITE = new URL("../img/icons.svg", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE.pathname}#${name}`);
  picture.append(use);
  return picture;
}
