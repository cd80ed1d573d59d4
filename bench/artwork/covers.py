"""Covers and pages: a scene, and the words laid over it."""

from __future__ import annotations

import io
import random
import textwrap
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from bench.artwork.canvas import Canvas, Point, Size, grain
from bench.artwork.palettes import PALETTES, Colour, Palette
from bench.artwork.scenes import SCENES

MARGIN = 0.07


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@cache
def lettering(text: str, weight: float = 0.05, tracking: float = 0.0) -> Image.Image:
    """Words as a mask, cropped to their ink.

    `weight` thickens the strokes and `tracking` widens the gaps, both as shares of the type's size.
    """
    size = 240
    font, stroke = _font(size), round(size * weight)
    width = sum(font.getlength(letter) + tracking * size for letter in text)
    mask = Image.new("L", (round(width) + size, size * 2))
    pen, x = ImageDraw.Draw(mask), size / 4
    for letter in text:
        pen.text((x, size / 4), letter, font=font, fill=255, stroke_width=stroke, stroke_fill=255)
        x += font.getlength(letter) + tracking * size
    return mask.crop(mask.getbbox())


@dataclass(frozen=True, slots=True)
class Masthead:
    """How a series writes its name: lines at most `width` wide and `tall` high.

    Lengths are shares of the cover's width. `align` is 0 for left, 0.5 for centred, 1 for right.
    """

    lines: tuple[str, ...]
    weight: float = 0.03
    tracking: float = 0.02
    top: float = 0.08
    width: float = 1 - 2 * MARGIN
    tall: float = 0.16
    align: float = 0.5
    dark: bool = False  # in the palette's ink, else in its light colour
    shadow: bool = False
    plates: bool = False  # the small print stands on dark plates, for a restless ground


@dataclass(frozen=True, slots=True)
class Cover:
    """All that a cover shows; `scene` is a name in SCENES, `seed` decides its accidents."""

    scene: str
    palette: Palette
    masthead: Masthead
    publisher: str
    number: int
    date: str
    title: str
    seed: str


def _lay(
    canvas: Canvas, mask: Image.Image, x: float, y: float, size: Point, colour: Colour
) -> None:
    """Lay words with their top left corner at x, y."""
    pixels = (max(1, round(size[0] * canvas.unit)), max(1, round(size[1] * canvas.unit)))
    left, top = canvas.at(x, y)
    fitted = mask.resize(pixels, Image.Resampling.LANCZOS)
    canvas.image.paste(colour, (round(left), round(top)), fitted)


def _name(canvas: Canvas, masthead: Masthead) -> float:
    """Letter the series' name. Returns where it ends."""
    ink, light = canvas.palette.ink, canvas.palette.light
    y = masthead.top
    for line in masthead.lines:
        mask = lettering(line, masthead.weight, masthead.tracking)
        cut = mask.height / mask.width
        # Letters are drawn up to a third taller or wider than they are cut, and no more.
        height = min(masthead.tall, masthead.width * cut * 1.33)
        width = min(masthead.width, height / cut * 1.33)
        x = MARGIN + (1 - 2 * MARGIN - width) * masthead.align
        if masthead.shadow:
            _lay(canvas, mask, x + 0.01, y + 0.01, (width, height), ink)
        _lay(canvas, mask, x, y, (width, height), ink if masthead.dark else light)
        y += height + 0.022
    return y


def _small_print(
    canvas: Canvas,
    masthead: Masthead,
    text: str,
    y: float,
    height: float = 0.016,
    *,
    right: bool = False,
) -> None:
    """A line of small capitals at the left or the right margin."""
    mask = lettering(text.upper(), 0.02, 0.14)
    width = height * mask.width / mask.height
    x = 1 - MARGIN - width if right else MARGIN
    if masthead.plates:
        canvas.box(x - 0.018, y - 0.014, width + 0.036, height + 0.028, canvas.palette.ink)
    colour = canvas.palette.ink if masthead.dark else canvas.palette.light
    _lay(canvas, mask, x, y, (width, height), colour)


def _number(canvas: Canvas, masthead: Masthead, number: int) -> None:
    mask, height = lettering(str(number), 0.05), 0.09
    width = height * mask.width / mask.height
    y = canvas.height - 0.16
    if masthead.plates:
        canvas.box(MARGIN - 0.03, y - 0.03, width + 0.06, height + 0.06, canvas.palette.ink)
    colour = canvas.palette.ink if masthead.dark else canvas.palette.light
    _lay(canvas, mask, MARGIN, y, (width, height), colour)


def cover(spec: Cover, size: Size, sharpen: int = 2) -> Image.Image:
    """Draw a cover; it is painted `sharpen` times as large first, so that edges come out smooth."""
    luck = random.Random(spec.seed)
    canvas = Canvas((size[0] * sharpen, size[1] * sharpen), luck, spec.palette)
    SCENES[spec.scene](canvas)
    if spec.scene == "blocks":  # a quiet field for the words to stand on
        canvas.box(0, 0, 1, 0.5, spec.palette.light)
        canvas.box(0, canvas.height - 0.25, 1, 0.25, spec.palette.light)
    masthead = spec.masthead
    end = _name(canvas, masthead)
    _small_print(canvas, masthead, spec.title, end + 0.012, 0.02)
    _small_print(canvas, masthead, spec.publisher, 0.035)
    _small_print(canvas, masthead, spec.date, 0.035, right=True)
    _number(canvas, masthead, spec.number)
    image = canvas.image
    if sharpen > 1:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    return grain(image, 8, luck)


def page(spec: Cover, number: int, lines: tuple[str, ...], size: Size) -> Image.Image:
    """Draw an inside page: panels cut from one painting of the scene, a caption in each."""
    luck = random.Random(f"{spec.seed} page {number}")
    painting = Canvas((size[0] * 5 // 4, size[1] * 5 // 4), luck, spec.palette)
    SCENES[spec.scene](painting)
    sheet = Canvas(size, luck, spec.palette)
    sheet.sky((252, 249, 242))
    rows = luck.choice(((1, 2, 1), (2, 1, 2), (1, 2, 2), (2, 2, 1), (1, 1, 2)))
    gutter, edge = 0.022, 0.06
    height = (sheet.height - 2 * edge - gutter * (len(rows) - 1)) / len(rows)
    captions = iter(luck.sample(lines, len(lines)))
    for row, panels in enumerate(rows):
        split = luck.uniform(0.38, 0.62) if panels == 2 else 1
        x, y = edge, edge + row * (height + gutter)
        for share in (split, 1 - split)[:panels]:
            width = (1 - 2 * edge - gutter * (panels - 1)) * share
            _panel(sheet, painting.image, (x, y), (width, height))
            if caption := next(captions, None):
                _caption(sheet, caption, (x, y), width)
            x += width + gutter
    _lay(
        sheet,
        lettering(str(number), 0.02),
        0.49,
        sheet.height - 0.04,
        (0.012, 0.016),
        spec.palette.ink,
    )
    return grain(sheet.image, 5, luck)


def _panel(sheet: Canvas, painting: Image.Image, corner: Point, size: Point) -> None:
    """Cut a piece of the painting, more or less close up, and frame it."""
    luck = sheet.luck
    width, height = (max(2, round(length * sheet.unit)) for length in size)
    zoom = luck.uniform(1, min(painting.width / width, painting.height / height))
    cut = (round(width * zoom), round(height * zoom))
    left = luck.randrange(max(1, painting.width - cut[0]))
    top = luck.randrange(
        painting.height // 5, max(painting.height // 5 + 1, painting.height - cut[1])
    )
    piece = painting.crop((left, top, left + cut[0], top + cut[1])).resize((width, height))
    x, y = sheet.at(*corner)
    sheet.image.paste(piece, (round(x), round(y)))
    frame = [round(x), round(y), round(x) + width, round(y) + height]
    sheet.draw.rectangle(frame, outline=sheet.palette.ink, width=max(1, round(0.005 * sheet.unit)))


def _caption(sheet: Canvas, text: str, corner: Point, width: float) -> None:
    size = 0.021
    rows = textwrap.wrap(text, max(12, int((width - 0.08) / (size * 0.56))))
    font = _font(round(size * sheet.unit))
    widest = max(font.getlength(row) for row in rows) / sheet.unit
    x, y = corner[0] + 0.02, corner[1] + 0.02
    sheet.box(x, y, widest + 0.03, len(rows) * size * 1.3 + 0.024, sheet.palette.ink)
    sheet.box(x + 0.003, y + 0.003, widest + 0.024, len(rows) * size * 1.3 + 0.018, (255, 253, 246))
    for number, row in enumerate(rows):
        at = sheet.at(x + 0.015, y + 0.01 + number * size * 1.3)
        sheet.draw.text(at, row, fill=sheet.palette.ink, font=font)


def scan(name: str, number: int, series: int, size: Size) -> bytes:
    """A cover as a scanner leaves it: a JPEG of about a megabyte at 1988x3056, grain and all."""
    scene = list(SCENES)[series % len(SCENES)]
    spec = Cover(
        scene=scene,
        palette=PALETTES[scene][number % len(PALETTES[scene])],
        masthead=Masthead(tuple(name.upper().split(maxsplit=1))),
        publisher="Longbox",
        number=number,
        date="May 2019",
        title=f"Scan {number} of many",
        seed=f"{name} {number}",
    )
    stream = io.BytesIO()
    cover(spec, size, sharpen=1).save(stream, "JPEG", quality=75)
    return stream.getvalue()
