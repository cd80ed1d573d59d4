"""The picture that stands where a page cannot be shown: a torn sheet, and in words what is wrong.

It is drawn with Pillow's own font, so that it looks the same on every machine.
"""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, PngImagePlugin  # noqa: F401 - loads the format

SIZE = (1000, 1500)
"""Pixels: the shape of most pages, so that the layout of what surrounds it stays as it is."""

_GROUND, _SHEET, _EDGE = "#14161a", "#1e2127", "#3a3f49"
_HEADING, _TEXT, _TEAR = "#eceef2", "#a3aab6", "#e0a458"
_MARGIN = 120
_FINER = 3
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_LONGEST = 300  # characters of the sentence; an entry's name in it may be any length
# The tear, from the sheet's left edge to its right one: (share of the width, share of the height).
_CRACK = (
    (0, 0.40),
    (0.16, 0.47),
    (0.27, 0.37),
    (0.43, 0.50),
    (0.58, 0.39),
    (0.74, 0.49),
    (1, 0.41),
)


@lru_cache(8)
def damaged_page_picture(sentence: str) -> bytes:
    """A PNG of `SIZE` that says “This page is damaged”, and below it the sentence."""
    image = Image.new("RGB", SIZE, _GROUND)
    draw = ImageDraw.Draw(image)
    image.paste(_sheet(300, 430), (350, 330))
    middle = SIZE[0] // 2
    draw.text((middle, 880), "This page is damaged", _HEADING, ImageFont.load_default(60), "mm")
    font = ImageFont.load_default(32)
    for number, line in enumerate(_lines(draw, sentence, font)):
        draw.text((middle, 970 + 48 * number), line, _TEXT, font, "mm")
    png = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(png, "PNG")
    return png.getvalue()


def _sheet(width: int, height: int) -> Image.Image:
    """A sheet of paper, torn in two; drawn larger and made smaller: its lines are smooth."""
    width, height = _FINER * width, _FINER * height
    image = Image.new("RGB", (width, height), _GROUND)
    draw = ImageDraw.Draw(image)
    edge, gap = 4 * _FINER, 17 * _FINER
    box = (0, 0, width - 1, height - 1)
    draw.rounded_rectangle(box, 18 * _FINER, fill=_SHEET, outline=_EDGE, width=edge)
    crack = [(x * width, y * height) for x, y in _CRACK]
    upper, lower = ([(x, y + shift) for x, y in crack] for shift in (-gap, gap))
    draw.polygon([*upper, *reversed(lower)], fill=_GROUND)
    for tear in (upper, lower):
        draw.line(tear, fill=_TEAR, width=5 * _FINER, joint="curve")
    return image.reduce(_FINER)


def _drawable(sentence: str) -> str:
    """The sentence in the characters that the font has."""
    plain = unicodedata.normalize("NFKD", sentence[:_LONGEST].replace("–", "-").replace("’", "'"))
    kept = (c for c in plain if not unicodedata.combining(c))
    return "".join(c if (c.isascii() and c.isprintable()) or c in "“”" else "?" for c in kept)


def _lines(draw: ImageDraw.ImageDraw, sentence: str, font: _Font) -> list[str]:
    """The sentence broken into at most six lines that fit."""
    lines = [""]
    for word in _drawable(sentence).split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= SIZE[0] - 2 * _MARGIN or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines[:6]
