// How large the pages of a view are drawn, in CSS pixels: arithmetic alone.

const TOO_THIN = 0.45; // of the width: a page that fits in height would be a strip nobody can read

/** Sizes for pages beside each other, all of one height: [{width, height}] in their order. */
export function fitted(sizes, room, fit) {
  const ratios = sizes.map(({ width, height }) => width / height);
  const together = ratios.reduce((sum, ratio) => sum + ratio, 0);
  const height = heightFor(sizes, together, room, fit);
  return ratios.map((ratio) => ({ width: ratio * height, height }));
}

function heightFor(sizes, together, room, fit) {
  const byWidth = room.width / together;
  switch (fit) {
    case "width":
      return byWidth;
    case "height":
      return room.height;
    case "original":
      return Math.max(...sizes.map(({ height }) => height));
    default: {
      const whole = Math.min(room.height, byWidth);
      return whole * together < TOO_THIN * room.width && together < 0.5 ? byWidth : whole;
    }
  }
}
