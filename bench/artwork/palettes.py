"""The colours that covers are painted in: what a palette is, and three for every scene."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


def _rgb(text: str) -> Colour:
    return (int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16))


@dataclass(frozen=True, slots=True)
class Palette:
    """Five colours: the far and the near ground, the subject, what shines, and the deep dark."""

    far: Colour
    near: Colour
    subject: Colour
    light: Colour
    ink: Colour

    @classmethod
    def of(cls, colours: str) -> Palette:
        """Read five hexadecimal colours, separated by spaces."""
        return cls(*(_rgb(colour) for colour in colours.split()))


def _three(*colours: str) -> tuple[Palette, ...]:
    return tuple(Palette.of(five) for five in colours)


PALETTES = {
    "lighthouse": _three(
        "1d3a5f 3f7f9f d9483b ffe9b8 0b1626",
        "4a2545 d8695f e8503a ffe3a8 1a0d24",
        "0f3d3e 4fa08b ef8354 fff1c9 061f22",
    ),
    "city": _three(
        "2b1b4d e4572e c81d4e ffc857 120a24",
        "0d3b4f f2a65a d7263d fff0c2 07161f",
        "5b1a3a f26a4b 12b5a6 ffd9a0 1c0715",
    ),
    "orbit": _three(
        "1b2a6b e88d67 c4476b ffe0b5 070b24",
        "3a1a5e f2b134 e0567a fff0cf 10061f",
        "0c4a5b 7fd1ae ef6f6c fff3d6 041a24",
    ),
    "blocks": _three(
        "e4572e f3a712 29335c f5ecd7 17161d",
        "1f6f78 f2c14e d1495b f7f0df 1b1f3a",
        "3d5a80 ee6c4d 98c1d9 f6efe2 20222f",
    ),
    "burst": _three(
        "f7b32b fcf6b1 d7263d fffdf0 14213d",
        "1fb5ad c8f0e0 f25f29 fffbe8 1b1b3a",
        "f58fb0 ffe3ec 3d3bb0 fffdf5 1a1037",
    ),
    "mountains": _three(
        "6d597a b56576 ffb45a ffd9b0 1f1a30",
        "2f5d73 6fa3a8 ffc15e f6e7c8 0f2730",
        "7a4b3a c9825b ffd27a ffe6c0 2a1712",
    ),
    "signal": _three(
        "1c1f4a 8e7dff ff5d8f d9f4ff 07070f",
        "123c3a 35d0a5 ffd166 effff5 030d0d",
        "43162e ff7b54 ffd56b fff3e0 0f0508",
    ),
    "garden": _three(
        "1f4d3a 4f9d69 ef6461 fbe7c6 0b1f1b",
        "23395b 5b85aa f5b841 fff3d9 0c1326",
        "4b2142 a0567f ffb47b ffe9d6 1a0a1c",
    ),
}
