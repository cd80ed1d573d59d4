"""What a cover shows: eight scenes, each a function that fills a canvas.

A scene takes its colours from the canvas's palette and its accidents from the canvas's luck.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from bench.artwork.canvas import Canvas, mix
from bench.artwork.palettes import Colour

Scene = Callable[[Canvas], None]


def lighthouse(canvas: Canvas) -> None:
    """A lamp above a night sea, its beam over the waves."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.ink, p.far, mix(p.far, p.near, 0.7), p.near, bottom=tall * 0.9)
    for _ in range(140):
        size = luck.choice((0.0012, 0.0016, 0.0028))
        canvas.disc(luck.random(), luck.random() * tall * 0.6, size, mix(p.far, p.light, 0.75))
    tower = luck.uniform(0.56, 0.74)
    lamp = tall * luck.uniform(0.40, 0.45)
    moon = 1 - tower + luck.uniform(-0.08, 0.04)
    canvas.glow(moon, lamp + 0.02, 0.42, p.light, 0.30)
    canvas.disc(moon, lamp + 0.02, 0.135, mix(p.light, p.near, 0.12))
    canvas.disc(moon - 0.045, lamp - 0.01, 0.022, mix(p.light, p.near, 0.3))
    canvas.disc(moon + 0.05, lamp + 0.06, 0.032, mix(p.light, p.near, 0.3))
    beam = Image.new("L", canvas.image.size)
    pen = ImageDraw.Draw(beam)
    pen.polygon(canvas.points((tower, lamp), (-0.1, lamp - 0.34), (-0.1, lamp - 0.1)), fill=120)
    pen.polygon(canvas.points((tower, lamp), (1.1, lamp + 0.02), (1.1, lamp + 0.16)), fill=80)
    canvas.image.paste(p.light, (0, 0), beam)
    canvas.glow(tower, lamp, 0.22, p.light, 0.9)
    foot = tall * 0.80
    canvas.shape(
        p.ink, (tower - 0.3, foot + 0.1), (tower - 0.16, foot - 0.06), (tower - 0.05, foot - 0.10),
        (tower + 0.09, foot - 0.09), (tower + 0.2, foot - 0.02), (tower + 0.4, foot + 0.1),
    )  # fmt: skip
    for band in range(6):
        top, bottom = (lamp + 0.05 + (foot - 0.10 - lamp) * k / 6 for k in (band, band + 1))
        wide_top, wide_bottom = 0.034 + band * 0.0045, 0.034 + (band + 1) * 0.0045
        tone, shade = (p.subject, p.light)[band % 2], 0.008
        left, right = (tower - wide_top, top), (tower + wide_top, top)
        canvas.shape(
            tone, left, right, (tower + wide_bottom, bottom), (tower - wide_bottom, bottom)
        )
        canvas.shape(
            mix(tone, p.ink, 0.28), (tower + shade, top), right,
            (tower + wide_bottom, bottom), (tower + shade, bottom),
        )  # fmt: skip
    canvas.box(tower - 0.05, lamp + 0.035, 0.1, 0.016, p.ink)
    canvas.box(tower - 0.026, lamp - 0.03, 0.052, 0.066, p.light)
    canvas.box(tower - 0.003, lamp - 0.03, 0.006, 0.066, p.ink)
    canvas.shape(
        p.ink, (tower - 0.042, lamp - 0.03), (tower, lamp - 0.085), (tower + 0.042, lamp - 0.03)
    )
    for wave in range(7):
        level = foot + wave * (tall - foot) / 6.2
        tone = mix(mix(p.near, p.far, 0.4), p.ink, 0.25 + wave * 0.11)
        phase, pitch = luck.uniform(0, math.tau), luck.uniform(16, 26)
        crest = [
            (x / 120, level - 0.02 * (1 + math.sin(x / 120 * pitch + phase)) ** 1.6)
            for x in range(121)
        ]
        canvas.shape(tone, *crest, (1, tall), (0, tall))
        canvas.line(crest, 0.0025, mix(tone, p.light, 0.35))


def city(canvas: Canvas) -> None:
    """Towers with lit windows before a huge sun, someone on the roof, and rain."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.far, mix(p.far, p.near, 0.5), p.near)
    x, y = luck.uniform(0.34, 0.66), tall * 0.5
    canvas.glow(x, y, 0.75, p.light, 0.4)
    canvas.disc(x, y, 0.33, p.light)
    for stripe in range(7):
        height = 0.008 + stripe * 0.0055
        canvas.box(0, y + 0.03 + stripe * 0.043, 1, height, mix(p.near, p.light, 0.12))
    for layer in range(3):
        tone = mix(p.near, p.ink, 0.42 + layer * 0.29)
        left = -0.05
        while left < 1:
            width = luck.uniform(0.07, 0.15)
            top = tall * (0.56 + 0.09 * layer) + luck.uniform(-0.17, 0.15)
            canvas.box(left, top, width, tall, tone)
            if luck.random() < 0.4:
                canvas.box(left + width * 0.3, top - 0.03, width * 0.4, 0.03, tone)
                canvas.box(left + width * 0.48, top - 0.11, 0.005, 0.11, tone)
            if layer:
                _windows(canvas, left, top, width, tone)
            left += width + luck.uniform(0, 0.012)
    ledge = tall * 0.845
    canvas.shape(p.ink, (0, ledge + 0.05), (0.62, ledge), (0.62, tall), (0, tall))
    canvas.shape(
        mix(p.ink, p.subject, 0.4),
        (0, ledge + 0.05),
        (0.62, ledge),
        (0.62, ledge + 0.008),
        (0, ledge + 0.058),
    )
    _caped(canvas, luck.uniform(0.3, 0.46), ledge + 0.02)
    rain = Image.new("L", canvas.image.size)
    pen = ImageDraw.Draw(rain)
    for _ in range(240):
        x, y, long = luck.uniform(0, 1.2), luck.uniform(0, tall), luck.uniform(0.03, 0.1)
        pen.line(
            canvas.points((x, y), (x - long * 0.28, y + long)),
            fill=luck.randrange(30, 90),
            width=max(1, round(canvas.unit * 0.0016)),
        )
    canvas.image.paste(p.light, (0, 0), rain)


def _windows(canvas: Canvas, left: float, top: float, width: float, tone: Colour) -> None:
    lit = mix(tone, canvas.palette.light, 0.85)
    columns = max(2, int(width / 0.022))
    for row in range(24):
        for column in range(columns):
            if canvas.luck.random() < 0.2:
                x = left + 0.008 + column * (width - 0.008) / columns
                canvas.box(x, top + 0.018 + row * 0.03, 0.009, 0.014, lit)


def _caped(canvas: Canvas, x: float, foot: float) -> None:
    """Somebody in a long coat, seen from behind."""
    p, luck = canvas.palette, canvas.luck
    wind = luck.uniform(0.12, 0.22)
    canvas.shape(
        p.subject, (x - 0.04, foot - 0.25), (x + 0.04, foot - 0.25), (x + 0.06, foot - 0.13),
        (x + wind + 0.05, foot - 0.09), (x + wind, foot - 0.05), (x + 0.07, foot - 0.03),
        (x - 0.055, foot - 0.03),
    )  # fmt: skip
    canvas.shape(
        p.ink,
        (x - 0.045, foot - 0.25),
        (x + 0.035, foot - 0.25),
        (x + 0.03, foot),
        (x - 0.04, foot),
    )
    canvas.shape(
        mix(p.subject, p.ink, 0.35),
        (x - 0.045, foot - 0.25),
        (x - 0.012, foot - 0.25),
        (x - 0.02, foot - 0.02),
        (x - 0.05, foot - 0.02),
    )
    canvas.disc(x - 0.004, foot - 0.285, 0.03, p.ink)
    canvas.box(x - 0.052, foot - 0.3, 0.096, 0.009, p.ink)
    canvas.box(x - 0.03, foot - 0.335, 0.052, 0.04, p.ink)


def orbit(canvas: Canvas) -> None:
    """A ringed planet, its moons on their paths, a small ship leaving."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.ink, mix(p.ink, p.far, 0.75), p.far)
    canvas.glow(luck.random(), tall * 0.3, 0.8, p.near, 0.35)
    canvas.glow(luck.random(), tall * 0.85, 0.7, p.subject, 0.3)
    for _ in range(260):
        size = luck.choice((0.001, 0.001, 0.0016, 0.0028))
        canvas.disc(
            luck.random(), luck.random() * tall, size, mix(p.far, p.light, luck.uniform(0.4, 1))
        )
    x, y, radius = luck.uniform(0.3, 0.7), tall * luck.uniform(0.54, 0.6), luck.uniform(0.25, 0.31)
    for path in range(4):
        canvas.ring(
            x, y, radius * (1.5 + path * 0.38), 0.002, mix(p.far, p.light, 0.45 - path * 0.08)
        )
    _planet(canvas, x, y, radius)
    for path in range(4):
        angle = luck.uniform(0, math.tau)
        far = radius * (1.5 + path * 0.38)
        moon = (x + far * math.cos(angle), y + far * math.sin(angle))
        size = luck.uniform(0.013, 0.032)
        canvas.disc(*moon, size, (p.light, p.subject)[path % 2])
        canvas.disc(
            moon[0] + size * 0.35,
            moon[1] + size * 0.1,
            size * 0.8,
            mix((p.light, p.subject)[path % 2], p.ink, 0.45),
        )
    ship = (luck.uniform(0.15, 0.3), tall * 0.83)
    tail = (ship[0] - 0.25, ship[1] + 0.2)
    for width, share in ((0.012, 0.3), (0.006, 0.6), (0.002, 1)):
        canvas.line([tail, ship], width, mix(p.far, p.light, share))
    canvas.shape(
        p.light,
        (ship[0] + 0.035, ship[1] - 0.028),
        (ship[0] - 0.02, ship[1] - 0.012),
        (ship[0] + 0.012, ship[1] + 0.022),
    )


def _planet(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A banded globe, lit from the left, inside a tilted ring."""
    p, luck = canvas.palette, canvas.luck
    side = round(radius * 2 * canvas.unit)
    globe = Canvas((side, side), luck, p)
    globe.sky(p.light, p.near, p.subject)
    top = 0.0
    while top < 1:
        band = luck.uniform(0.03, 0.11)
        globe.box(0, top, 1, band, mix(luck.choice((p.near, p.subject, p.light)), p.subject, 0.35))
        top += band + luck.uniform(0.01, 0.06)
    globe.image = globe.image.rotate(-18, Image.Resampling.BICUBIC, fillcolor=p.near)
    night = Image.radial_gradient("L").resize((side * 2, side * 2))
    night = night.crop(
        (round(side * 0.68), round(side * 0.62), round(side * 1.68), round(side * 1.62))
    )
    night = night.point([min(255, round((v / 255) ** 1.1 * 330)) for v in range(256)])
    globe.image.paste(mix(p.ink, p.far, 0.3), (0, 0), night)
    mask = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(mask).ellipse((0, 0, side * 2 - 1, side * 2 - 1), 255)
    mask = mask.resize((side, side), Image.Resampling.LANCZOS)
    wide = round(radius * 4.4 * canvas.unit)
    rings = Image.new("L", (wide, wide))
    pen = ImageDraw.Draw(rings)
    for step, shade in enumerate((150, 220, 255, 0, 235, 180, 120)):
        outer = wide * (0.5 - step * 0.022)
        flat = outer * 0.24
        pen.ellipse(
            (wide / 2 - outer, wide / 2 - flat, wide / 2 + outer, wide / 2 + flat), fill=shade
        )
    hole = wide * (0.5 - 7 * 0.022)
    pen.ellipse(
        (wide / 2 - hole, wide / 2 - hole * 0.24, wide / 2 + hole, wide / 2 + hole * 0.24), fill=0
    )
    before = rings.copy()
    ImageDraw.Draw(before).rectangle((0, 0, wide, wide // 2), fill=0)
    corner = (round(x * canvas.unit - wide / 2), round(y * canvas.unit - wide / 2))
    tone = mix(p.light, p.near, 0.25)
    canvas.image.paste(tone, corner, rings.rotate(18, Image.Resampling.BICUBIC))
    left, top_edge = canvas.at(x - radius, y - radius)
    canvas.image.paste(globe.image, (round(left), round(top_edge)), mask)
    canvas.image.paste(tone, corner, before.rotate(18, Image.Resampling.BICUBIC))


def blocks(canvas: Canvas) -> None:
    """Quarter circles, discs and stripes on a grid, as from a printing house of the twenties."""
    p, luck = canvas.palette, canvas.luck
    canvas.sky(p.light)
    side = 0.25
    tones = (p.far, p.near, p.subject, p.ink)
    rows = math.ceil(canvas.height / side)
    for row in range(rows):
        previous: Colour | None = None
        for column in range(4):
            ground = luck.choice([tone for tone in (*tones, p.light) if tone != previous])
            figure = luck.choice([tone for tone in (*tones, p.light) if tone != ground])
            _tile(canvas, column * side, row * side, side, ground, figure)
            previous = ground


def _tile(canvas: Canvas, x: float, y: float, side: float, ground: Colour, figure: Colour) -> None:
    tile = Canvas((round(side * canvas.unit) + 1,) * 2, canvas.luck, canvas.palette)
    tile.sky(ground)
    canvas.luck.choice(FIGURES)(tile, ground, figure)
    picture = tile.image.rotate(90 * canvas.luck.randrange(4))
    left, top = canvas.at(x, y)
    canvas.image.paste(picture, (round(left), round(top)))


def _quarter(tile: Canvas, ground: Colour, figure: Colour) -> None:
    tile.disc(0, 0, 1, figure)
    if tile.luck.random() < 0.4:
        tile.disc(0, 0, 0.5, ground)


def _petal(tile: Canvas, _ground: Colour, figure: Colour) -> None:
    """Where two quarter circles overlap."""
    arc = [(math.sin(step * math.pi / 60), math.cos(step * math.pi / 60)) for step in range(31)]
    tile.shape(figure, *arc, *((1 - x, 1 - y) for x, y in arc))


def _eye(tile: Canvas, ground: Colour, figure: Colour) -> None:
    tile.disc(0.5, 0.5, 0.36, figure)
    if tile.luck.random() < 0.5:
        tile.disc(0.5, 0.5, 0.15, ground)


def _half(tile: Canvas, _ground: Colour, figure: Colour) -> None:
    tile.disc(0.5, 0, 0.5, figure)


def _stripes(tile: Canvas, _ground: Colour, figure: Colour) -> None:
    for stripe in range(4):
        tile.box(0, stripe / 4, 1, 0.125, figure)


def _wedge(tile: Canvas, _ground: Colour, figure: Colour) -> None:
    tile.shape(figure, (0, 0), (1, 0), (0, 1))


def _rings(tile: Canvas, ground: Colour, figure: Colour) -> None:
    for ring in range(5):
        tile.disc(0.5, 0.5, 0.5 - ring * 0.1, (figure, ground)[ring % 2])


FIGURES = (_quarter, _quarter, _quarter, _petal, _petal, _eye, _half, _stripes, _wedge, _rings)


def burst(canvas: Canvas) -> None:
    """Rays, dots and a bolt: something is about to happen."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.near)
    x, y = luck.uniform(0.4, 0.6), tall * luck.uniform(0.54, 0.6)
    rays = luck.choice((14, 16, 18))
    turn = luck.uniform(0, math.tau)
    for ray in range(rays):
        first = turn + ray * math.tau / rays
        last = first + math.pi / rays
        canvas.shape(
            p.far,
            (x, y),
            (x + 2 * math.cos(first), y + 2 * math.sin(first)),
            (x + 2 * math.cos(last), y + 2 * math.sin(last)),
        )
    for row in range(int(tall / 0.02) + 1):
        for column in range(51):
            dot = (column * 0.02 + (row % 2) * 0.01, row * 0.02)
            away = math.dist(dot, (x, y))
            if away > 0.36:
                canvas.disc(*dot, min(0.0085, (away - 0.36) * 0.013), p.ink)
    spikes = luck.choice((11, 13, 15))
    for grow, colour in ((0.5, p.ink), (0.475, p.light), (0.36, p.subject)):
        points = []
        for spike in range(spikes * 2):
            angle = turn + spike * math.pi / spikes
            radius = grow * (1.0 if spike % 2 == 0 else 0.66)
            points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
        canvas.shape(colour, *points)
    lean = luck.uniform(-0.05, 0.05)
    bolt = [
        (0.07, -0.33),
        (-0.13, 0.05),
        (-0.02, 0.05),
        (-0.08, 0.34),
        (0.15, -0.08),
        (0.03, -0.08),
        (0.17, -0.33),
    ]
    for colour, shift in ((p.ink, 0.016), (p.light, 0)):
        canvas.shape(colour, *((x + dx + lean * dy + shift, y + dy + shift) for dx, dy in bolt))


def mountains(canvas: Canvas) -> None:
    """Range behind range in the mist, pines in front, one light among them."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.far, mix(p.far, p.light, 0.45), p.light, bottom=tall * 0.75)
    x, y = luck.uniform(0.2, 0.8), tall * luck.uniform(0.36, 0.44)
    canvas.glow(x, y, 0.5, p.light, 0.8)
    canvas.disc(x, y, 0.105, mix(p.light, (255, 255, 255), 0.65))
    for bird in range(luck.randrange(3, 7)):
        left, top = (
            x - 0.25 + bird * 0.07 + luck.uniform(-0.02, 0.02),
            y - 0.12 + luck.uniform(-0.06, 0.06),
        )
        canvas.line(
            [(left - 0.016, top - 0.007), (left, top), (left + 0.016, top - 0.009)], 0.003, p.ink
        )
    for layer in range(5):
        tone = mix(mix(p.light, p.near, 0.35 + layer * 0.15), p.ink, layer * 0.1)
        level = tall * (0.5 + layer * 0.085)
        canvas.hills(level, 0.085 - layer * 0.008, tone, 1.85)
        canvas.veil(mix(p.light, p.near, 0.3), level, level + 0.26, 0.42)
    cabin = luck.uniform(0.3, 0.7)
    ground = canvas.hills(tall * 0.9, 0.015, p.ink)
    level = min(ground, key=lambda point: abs(point[0] - cabin))[1]
    canvas.glow(cabin, level - 0.02, 0.2, p.subject, 0.85)
    canvas.shape(
        p.ink, (cabin - 0.06, level - 0.035), (cabin, level - 0.09), (cabin + 0.06, level - 0.035)
    )
    canvas.box(cabin - 0.048, level - 0.036, 0.096, 0.06, p.ink)
    canvas.box(cabin - 0.013, level - 0.03, 0.026, 0.026, p.subject)
    for _ in range(34):
        place = luck.random()
        if abs(place - cabin) > 0.1:
            _pine(canvas, place, tall * luck.uniform(0.9, 0.97), luck.uniform(0.1, 0.34))


def _pine(canvas: Canvas, x: float, foot: float, height: float) -> None:
    ink = mix(canvas.palette.ink, canvas.palette.near, canvas.luck.uniform(0, 0.2))
    for tier in range(5):
        top = foot - height + tier * height * 0.17
        half = height * (0.06 + tier * 0.038)
        canvas.shape(
            ink, (x, top), (x + half, top + height * 0.28), (x - half, top + height * 0.28)
        )
    canvas.box(x - height * 0.02, foot - 0.04, height * 0.04, 0.2, ink)


def signal(canvas: Canvas) -> None:
    """Lines of a measured signal, each in front of the one behind."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.ink, mix(p.ink, p.far, 0.6), p.ink)
    centre = luck.uniform(0.4, 0.6)
    canvas.glow(centre, tall * 0.56, 0.6, p.subject, 0.35)
    lines = 46
    peaks = [
        (luck.gauss(centre, 0.09), luck.uniform(0.5, 1), luck.uniform(0.018, 0.05))
        for _ in range(7)
    ]
    for number in range(lines):
        level = tall * 0.34 + number * tall * 0.49 / lines
        peaks = [
            (place + luck.gauss(0, 0.014), min(1.1, max(0.1, high + luck.gauss(0, 0.16))), wide)
            for place, high, wide in peaks
        ]
        outline = []
        for step in range(201):
            x = 0.1 + step / 250
            calm = math.exp(-(((x - centre) / 0.21) ** 4))
            rise = sum(high * math.exp(-(((x - place) / wide) ** 2)) for place, high, wide in peaks)
            outline.append((x, level - calm * rise * 0.06 - luck.uniform(0, 0.0025) * (0.4 + calm)))
        canvas.shape(mix(p.ink, p.far, 0.12), *outline, (0.9, level + 0.03), (0.1, level + 0.03))
        share = number / lines
        tone = (
            mix(p.light, p.near, share * 2)
            if share < 0.5
            else mix(p.near, p.subject, share * 2 - 1)
        )
        canvas.line(outline, 0.0032, tone)


def garden(canvas: Canvas) -> None:
    """Leaves and flowers crowding in from the edges, a moth in the middle."""
    p, luck, tall = canvas.palette, canvas.luck, canvas.height
    canvas.sky(p.ink, mix(p.ink, p.far, 0.7), p.ink)
    canvas.glow(0.5, tall * 0.58, 0.62, p.near, 0.55)
    canvas.disc(0.5, tall * 0.58, 0.24, mix(p.light, p.near, 0.2))
    stems = []
    for number in range(64):
        angle = number / 64 * math.tau + luck.uniform(-0.05, 0.05)
        far = luck.uniform(0.43, 0.5)
        down = 1.55 if math.sin(angle) > 0 else 0.98
        x, y = 0.5 + far * math.cos(angle) * 1.1, tall * 0.58 + far * math.sin(angle) * down
        stems.append((x, y, angle))
    luck.shuffle(stems)
    for x, y, angle in stems:
        tone = mix(luck.choice((p.far, p.near)), p.ink, luck.uniform(0.0, 0.5))
        for leaf in range(3):
            _leaf(
                canvas,
                x,
                y,
                angle + math.pi + (leaf - 1) * 0.6 + luck.uniform(-0.3, 0.3),
                luck.uniform(0.13, 0.24),
                tone,
            )
    for x, y, _ in stems[:24]:
        if x > 0.2 or y < tall - 0.2:  # where the number stands
            _flower(
                canvas,
                x + luck.uniform(-0.03, 0.03),
                y + luck.uniform(-0.03, 0.03),
                luck.uniform(0.035, 0.075),
            )
    for side in (-1, 1):
        y = tall * 0.58
        canvas.shape(
            p.ink,
            (0.5, y - 0.02),
            (0.5 + side * 0.17, y - 0.12),
            (0.5 + side * 0.185, y - 0.04),
            (0.5 + side * 0.12, y + 0.02),
            (0.5, y + 0.04),
        )
        canvas.shape(
            mix(p.ink, p.subject, 0.55),
            (0.5, y + 0.02),
            (0.5 + side * 0.115, y + 0.03),
            (0.5 + side * 0.085, y + 0.11),
            (0.5, y + 0.05),
        )
        canvas.disc(0.5 + side * 0.125, y - 0.06, 0.017, p.subject)
        canvas.disc(0.5 + side * 0.125, y - 0.06, 0.007, p.light)
        canvas.line(
            [(0.5, y - 0.05), (0.5 + side * 0.03, y - 0.12), (0.5 + side * 0.065, y - 0.14)],
            0.004,
            p.ink,
        )
    canvas.draw.ellipse(
        [canvas.at(0.482, tall * 0.58 - 0.06), canvas.at(0.518, tall * 0.58 + 0.09)], fill=p.ink
    )


def _leaf(canvas: Canvas, x: float, y: float, angle: float, long: float, tone: Colour) -> None:
    outline, back = [], []
    for step in range(13):
        share = step / 12
        wide = long * 0.2 * math.sin(share * math.pi) ** 0.8
        middle = (x + math.cos(angle) * long * share, y + math.sin(angle) * long * share)
        outline.append((middle[0] - math.sin(angle) * wide, middle[1] + math.cos(angle) * wide))
        back.append((middle[0] + math.sin(angle) * wide, middle[1] - math.cos(angle) * wide))
    canvas.shape(tone, *outline, *reversed(back))
    tip = (x + math.cos(angle) * long * 0.92, y + math.sin(angle) * long * 0.92)
    canvas.line([(x, y), tip], 0.0022, mix(tone, canvas.palette.light, 0.3))


def _flower(canvas: Canvas, x: float, y: float, radius: float) -> None:
    p, luck = canvas.palette, canvas.luck
    tone = mix(luck.choice((p.subject, p.light, p.subject)), p.near, luck.uniform(0, 0.25))
    petals, turn = luck.choice((5, 6, 8)), luck.uniform(0, math.tau)
    for petal in range(petals):
        angle = turn + petal * math.tau / petals
        _leaf_petal(canvas, x, y, angle, radius, mix(tone, p.ink, 0.12 * (petal % 2)))
    canvas.disc(x, y, radius * 0.26, p.ink)
    canvas.disc(x, y, radius * 0.17, p.light)


def _leaf_petal(
    canvas: Canvas, x: float, y: float, angle: float, radius: float, tone: Colour
) -> None:
    middle = (x + math.cos(angle) * radius * 0.6, y + math.sin(angle) * radius * 0.6)
    points = []
    for step in range(20):
        turn = step / 20 * math.tau
        along, across = math.cos(turn) * radius * 0.5, math.sin(turn) * radius * 0.34
        points.append(
            (
                middle[0] + along * math.cos(angle) - across * math.sin(angle),
                middle[1] + along * math.sin(angle) + across * math.cos(angle),
            )
        )
    canvas.shape(tone, *points)


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (lighthouse, city, orbit, blocks, burst, mountains, signal, garden)
}
