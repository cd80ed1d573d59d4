"""Charts as SVG, drawn on the server: columns by day, a year as a calendar, single bars.

Colours are classes of reading.css, so that every theme has its own. A chart is a picture to screen
readers, named by its title; what it shows stands beside it as a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

WIDTH, HEIGHT = 720, 200
FOOT, SIDE = 22, 44  # room for what is written below and beside the columns
CELL, GAP = 11, 3  # of the calendar
LEVELS = 4  # of colour in it, besides nothing


@dataclass(frozen=True, slots=True)
class Point:
    """A value, what it is called below its column, and the sentence that says it."""

    value: int
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A column of several values, the lowest first."""

    values: tuple[int, ...]
    label: str
    words: str


def columns(title: str, points: Sequence[Point]) -> Markup:
    """A column for each value, with lines at round numbers."""
    return stacks(title, [Stack((one.value,), one.label, one.words) for one in points], ["column"])


def stacks(title: str, columns: Sequence[Stack], kinds: Sequence[str]) -> Markup:
    """A column for each, of parts that stand on each other; `kinds` are the classes of the parts,
    the lowest first."""
    top = _round_above(max((sum(one.values) for one in columns), default=0))
    room = HEIGHT - FOOT
    step = (WIDTH - SIDE) / max(len(columns), 1)
    parts = [_line(top * share // 2, room - room * share / 2 * 0.94) for share in range(3)]
    for number, one in enumerate(columns):
        left = SIDE + number * step
        parts += _column(one, kinds, left + step * 0.14, step * 0.72, top)
        if one.label and number + 1 < len(columns):
            parts.append(_text(left + 0.5 * step, HEIGHT - 6, one.label, "middle"))
        elif one.label:
            parts.append(_text(WIDTH, HEIGHT - 6, one.label, "end"))
    return _svg(title, WIDTH, HEIGHT, parts)


def calendar(title: str, first: date, points: Sequence[Point]) -> Markup:
    """A square for each day from the first on, a week to a column, the more the brighter."""
    most = max((one.value for one in points), default=0)
    parts = []
    shown_month = 0
    for number, one in enumerate(points):
        day = first + timedelta(days=number)
        week = (first.weekday() + number) // 7
        x, y = SIDE + week * (CELL + GAP), FOOT + day.weekday() * (CELL + GAP)
        level = 0 if not one.value else 1 + (LEVELS - 1) * one.value // most
        parts.append(_RECT % (f"level-{level}", x, y, CELL, CELL, one.words))
        if day.day <= 7 and day.weekday() == 0 and day.month != shown_month:
            shown_month = day.month
            parts.append(_text(x, FOOT - 8, f"{day:%b}"))
    for weekday, name in ((0, "Mon"), (2, "Wed"), (4, "Fri")):
        parts.append(_text(SIDE - 6, FOOT + weekday * (CELL + GAP) + CELL - 2, name, "end"))
    weeks = (first.weekday() + len(points) - 1) // 7 + 1
    return _svg(title, SIDE + weeks * (CELL + GAP), FOOT + 7 * (CELL + GAP), parts)


def bar(value: int, most: int) -> Markup:
    """A bar as long beside the longest as its value is; what it is called stands beside it."""
    return _BAR % max(100 * value / max(most, 1), 0.5)


def swatch(kind: str) -> Markup:
    """A square in the colour of a part, for a legend."""
    return _SWATCH % kind


# Markup escapes what is put in.
_RECT = Markup(
    '<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"><title>%s</title></rect>'
)
_LINE = Markup('<line class="grid-line" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>')
_TEXT = Markup('<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>')
_CHART = Markup('<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>')
_SWATCH = Markup(
    '<svg class="chart swatch" viewBox="0 0 10 10" aria-hidden="true">'
    '<rect class="%s" width="10" height="10" rx="2"/></svg>'
)
_BAR = Markup(
    '<svg class="one-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="track" width="100" height="1"/>'
    '<rect class="column" width="%.2f" height="1"/></svg>'
)


def _column(
    one: Stack, kinds: Sequence[str], left: float, width: float, top: int
) -> Iterator[Markup]:
    y: float = HEIGHT - FOOT
    if not sum(one.values):
        yield _RECT % ("column none", left, y - 1.5, width, 1.5, one.words)
    for kind, value in zip(kinds, one.values, strict=True):
        if value:
            tall = max((HEIGHT - FOOT) * 0.94 * value / top, 1.5)
            y -= tall
            yield _RECT % (kind, left, y, width, tall, one.words)


def _svg(title: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    return _CHART % (width, height, title, Markup("").join(parts))


def _line(value: int, y: float) -> Markup:
    return _LINE % (SIDE, WIDTH, y, y) + _text(SIDE - 6, y + 4, f"{value:,}", "end")


def _text(x: float, y: float, words: str, anchor: str = "start") -> Markup:
    return _TEXT % (x, y, anchor, words)


def _round_above(value: int) -> int:
    """The least even number of one digit and noughts (or 2) that is not below a value."""
    step = 1
    while value > 10 * step:
        step *= 10
    return max(2, next(step * one for one in (2, 4, 6, 8, 10) if step * one >= value))
