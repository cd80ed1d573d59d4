"""The timeline of a job as SVG: when each phase was worked at, and how fast, above one another.

A picture is stretched to the width there is, so it holds no words; these stand beside it. The
curve of a phase is measured against its own fastest stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from db import pace, report
from db.progress import PhaseProgress, PhaseStatus, Progress
from db.times import now

WIDTH, HEIGHT = 1000, 40
SLICES = 100  # of the width; what is shorter is drawn as one
LOWEST = 0.16  # of the height: slow work is work, too


@dataclass(frozen=True, slots=True)
class Lane:
    """A phase's row: what it is called, its picture, and how long was worked at it."""

    phase: PhaseProgress
    label: str
    picture: Markup
    took: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows of a job, and how much time their width stands for."""

    lanes: tuple[Lane, ...]
    length: str


def of(job: Progress) -> Timeline | None:
    """The timeline of a job; None until it has begun."""
    if job.started_at is None:
        return None
    begin, end = job.started_at, job.completed_at or now()
    end = max(end, begin + 0.001)
    lanes = [
        Lane(
            phase,
            report.PHASE_LABELS[phase.name],
            _picture(phase, begin, end),
            "" if phase.elapsed is None else report.clock(phase.elapsed),
        )
        for phase in job.phases
        if phase.status is not PhaseStatus.SKIPPED
    ]
    return Timeline(tuple(lanes), report.clock(end - begin))


def _picture(phase: PhaseProgress, begin: float, end: float) -> Markup:
    rates = pace.over_time(phase.samples, begin, end, SLICES)
    fastest = max((rate for rate in rates if rate), default=0.0)
    step = WIDTH / SLICES
    parts = []
    for is_break, run in groupby(enumerate(rates), key=lambda one: one[1] is None):
        if not is_break:
            heights = [(place * step, _height(rate, fastest)) for place, rate in run]
            parts.append(_area(heights, step))
    label = report.PHASE_LABELS[phase.name]
    title = f"{label}: at most {report.speed(fastest)}" if fastest else label
    return _SVG % (WIDTH, HEIGHT, title, Markup("").join(parts))


def _height(rate: float | None, fastest: float) -> float:
    return HEIGHT * (LOWEST + (1 - LOWEST) * (rate / fastest if rate else 0))


def _area(heights: Sequence[tuple[float, float]], step: float) -> Markup:
    """The area below a run of steps, each from its left to the next one's."""
    steps = "".join(
        f"L{left:.1f},{HEIGHT - height:.1f}H{left + step:.1f}" for left, height in heights
    )
    return _PATH % f"M{heights[0][0]:.1f},{HEIGHT}{steps}V{HEIGHT}Z"


_PATH = Markup('<path d="%s"/>')
_SVG = Markup(
    '<svg class="timeline-picture" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img"'
    ' aria-label="%s">%s</svg>'
)
