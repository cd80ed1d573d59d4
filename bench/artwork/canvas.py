"""A picture being painted: shapes, light and paper, in lengths that do not depend on its size."""

from __future__ import annotations

import math
import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw

from bench.artwork.palettes import Colour, Palette

Size = tuple[int, int]
Point = tuple[float, float]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies `share` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


class Canvas:
    """A picture being painted; lengths are shares of its width, so that any size looks the same."""

    def __init__(self, size: Size, luck: random.Random, palette: Palette) -> None:
        self.image = Image.new("RGB", size)
        self.draw = ImageDraw.Draw(self.image)
        self.luck = luck
        self.palette = palette
        self.unit = float(size[0])
        self.height = size[1] / size[0]  # in units; the width is 1

    def at(self, x: float, y: float) -> Point:
        """Units to pixels."""
        return (x * self.unit, y * self.unit)

    def points(self, *points: Point) -> list[Point]:
        """Many points, units to pixels."""
        return [self.at(x, y) for x, y in points]

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self.draw.ellipse(
            [self.at(x - radius, y - radius), self.at(x + radius, y + radius)], colour
        )

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """A circle's outline."""
        box = [self.at(x - radius, y - radius), self.at(x + radius, y + radius)]
        self.draw.ellipse(box, outline=colour, width=max(1, round(width * self.unit)))

    def shape(self, colour: Colour, *points: Point) -> None:
        """A filled polygon."""
        self.draw.polygon(self.points(*points), fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle by its top left corner."""
        if width > 0 and height > 0:
            self.draw.rectangle([self.at(x, y), self.at(x + width, y + height)], fill=colour)

    def line(self, points: list[Point], width: float, colour: Colour) -> None:
        """A line through the points."""
        pixels = max(1, round(width * self.unit))
        self.draw.line(self.points(*points), fill=colour, width=pixels, joint="curve")

    def sky(self, *colours: Colour, top: float = 0, bottom: float | None = None) -> None:
        """A gradient from top to bottom through the colours."""
        first = round(top * self.unit)
        last = self.image.height if bottom is None else round(bottom * self.unit)
        column = Image.new("RGB", (1, len(colours)))
        column.putdata(colours)
        # A row of padding on each side, since resizing blends from pixel centre to pixel centre.
        rows = (last - first) * len(colours) // max(1, len(colours) - 1)
        tall = column.resize((1, rows), Image.Resampling.BILINEAR)
        trim = (rows - (last - first)) // 2
        band = tall.crop((0, trim, 1, trim + last - first)).resize((self.image.width, last - first))
        self.image.paste(band, (0, first))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1) -> None:
        """Light that fades out from a point."""
        side = max(2, round(radius * 2 * self.unit))
        fade = ImageChops.invert(Image.radial_gradient("L"))
        fade = fade.point([round(max(0, v - 75) / 180 * 255 * strength) for v in range(256)])
        mask = fade.resize((side, side), Image.Resampling.BILINEAR)
        left, top = self.at(x - radius, y - radius)
        self.image.paste(colour, (round(left), round(top)), mask)

    def veil(self, colour: Colour, top: float, bottom: float, strength: float) -> None:
        """Mist that thickens towards the bottom."""
        rows = round((bottom - top) * self.unit)
        mask = Image.linear_gradient("L").resize((self.image.width, rows))
        mask = mask.point([round(v * strength) for v in range(256)])
        self.image.paste(colour, (0, round(top * self.unit)), mask)

    def hills(self, base: float, swing: float, colour: Colour, roughness: float = 2) -> list[Point]:
        """Land from edge to edge, down to the bottom. Returns its outline."""
        waves = [
            (
                self.luck.uniform(0.6, 1.4) * 2**octave,
                self.luck.uniform(0, math.tau),
                roughness**-octave,
            )
            for octave in range(7)
        ]
        outline = []
        for step in range(161):
            x = step / 160
            y = sum(math.sin(x * pitch * 4 + phase) * height for pitch, phase, height in waves)
            outline.append((x, base + y * swing))
        self.shape(colour, *outline, (1, self.height), (0, self.height))
        return outline


@cache
def _noise(size: Size, strength: float) -> Image.Image:
    return Image.effect_noise(size, strength).convert("RGB")


def grain(image: Image.Image, strength: float, luck: random.Random) -> Image.Image:
    """Lay a printed paper's grain over a picture."""
    noise = ImageChops.offset(
        _noise(image.size, strength), luck.randrange(image.width), luck.randrange(image.height)
    )
    return ImageChops.add(image, noise, 1, -128)
