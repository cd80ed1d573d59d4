"""The timeline of a job as SVG: when each phase was worked at, and how fast, above one another.

A picture is stretched to the width there is, so it holds no words; these stand beside it. The
curve of a phase is measured against its own fastest stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from db import report
from db.progress import PhaseProgress, PhaseStatus, Progress
from db.samples import Sample
from db.times import now

WIDTH, HEIGHT = 1000, 40
FINEST = 1 / 90  # of the whole width: shorter stretches are drawn as one
LOWEST = 0.16  # of the height: slow work is work, too
IDLE = 0.5  # of the time between two samples: less work than that is a break


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work from one moment to another (epoch seconds) at so many items a second."""

    begin: float
    end: float
    rate: float


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
    finest = (end - begin) * FINEST
    runs = [_merged(run, finest) for run in _runs(phase.samples)]
    fastest = max((one.rate for run in runs for one in run), default=0.0)
    scale = WIDTH / (end - begin)
    parts = [_path(run, begin, scale, fastest) for run in runs if run]
    label = report.PHASE_LABELS[phase.name]
    title = f"{label}: at most {report.speed(fastest)}" if fastest else label
    return _SVG % (WIDTH, HEIGHT, title, Markup("").join(parts))


def _runs(samples: Sequence[Sample]) -> list[list[Stretch]]:
    """The work between two samples each, in runs without a break."""
    runs: list[list[Stretch]] = [[]]
    for before, after in pairwise(samples):
        passed = after.at - before.at
        if passed <= 0:
            continue
        if after.worked - before.worked < IDLE * passed:
            runs.append([])
            continue
        rate = max(after.processed - before.processed, 0) / passed
        runs[-1].append(Stretch(before.at, after.at, rate))
    return runs


def _merged(run: Sequence[Stretch], finest: float) -> list[Stretch]:
    merged: list[Stretch] = []
    for one in run:
        last = merged[-1] if merged else None
        if last and last.end - last.begin < finest:
            long, short = last.end - last.begin, one.end - one.begin
            rate = (last.rate * long + one.rate * short) / (long + short)
            merged[-1] = Stretch(last.begin, one.end, rate)
        else:
            merged.append(one)
    return merged


def _path(run: Sequence[Stretch], begin: float, scale: float, fastest: float) -> Markup:
    """The area below the rates of a run; one of no length is still to be seen."""
    left = (run[0].begin - begin) * scale
    right = max((run[-1].end - begin) * scale, left + WIDTH * FINEST / 2)
    points = [f"M{left:.1f},{HEIGHT}"]
    for one in run:
        share = LOWEST + (1 - LOWEST) * (one.rate / fastest if fastest else 0)
        y = HEIGHT * (1 - share)
        x = (one.begin - begin) * scale
        end = right if one is run[-1] else (one.end - begin) * scale
        points.append(f"L{x:.1f},{y:.1f}L{end:.1f},{y:.1f}")
    return _PATH % f"{''.join(points)}L{right:.1f},{HEIGHT}Z"


_PATH = Markup('<path d="%s"/>')
_SVG = Markup(
    '<svg class="timeline-picture" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img"'
    ' aria-label="%s">%s</svg>'
)
