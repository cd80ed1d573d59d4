"""The pace of a phase: how fast it goes now, and when it will have ended, with the spread of that.

Made of samples (`db/samples.py`) alone. The rate is that of the work lately done; the spread tells
how it would be if all went on as in the slower, or the faster, stretches of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from db.samples import Sample

SETTLED_SECONDS = 1.0  # a rate measured over less than this says nothing
LATELY_SECONDS = 30.0  # of work, or
LATELY_SHARE = 0.3  # so much of all the work until now, whichever is more
STRETCHES = 6  # that lately is cut into; the slowest and the fastest do not count
BREAK_SHARE = 0.5  # of the time between two samples: less work than that is a break
SLOWEST_SHARE = 0.1  # of the rate: no stretch counts as slower than that


@dataclass(frozen=True, slots=True)
class Pace:
    """Items a second: on the whole, and in the slower and the faster stretches.

    `slow` and `fast` are None while there is too little to tell.
    """

    rate: float
    slow: float | None = None
    fast: float | None = None


def lately(samples: Sequence[Sample]) -> Pace | None:
    """The pace of the last stretch of work; None while it says nothing."""
    curve = _curve(samples)
    if not curve or not curve[-1][1]:
        return None
    worked = curve[-1][0]
    warm = next(seconds for seconds, done in curve if done)  # before it, stages were loading
    if worked - warm <= SETTLED_SECONDS:
        warm = curve[0][0]
    begin = max(warm, worked - max(LATELY_SECONDS, LATELY_SHARE * worked))
    span = worked - begin
    if span <= SETTLED_SECONDS:
        return None
    rate = (curve[-1][1] - _at(curve, begin)) / span
    if sum(one[0] > begin for one in curve) < STRETCHES:
        return Pace(rate)
    borders = [begin + span * number / STRETCHES for number in range(STRETCHES + 1)]
    done = [_at(curve, border) for border in borders]
    rates = sorted((after - before) * STRETCHES / span for before, after in pairwise(done))
    slow = min(max(rates[1], SLOWEST_SHARE * rate), rate)
    return Pace(rate, slow, max(rates[-2], rate))


def overall(samples: Sequence[Sample]) -> Pace | None:
    """The pace of all the work; None when there was none."""
    curve = _curve(samples)
    if not curve or not curve[-1][1] or not curve[-1][0]:
        return None
    return Pace(curve[-1][1] / curve[-1][0])


def over_time(samples: Sequence[Sample], begin: float, end: float, many: int) -> list[float | None]:
    """Items a second in so many equal slices of the time from one moment to another (epoch
    seconds); None where nobody was at work."""
    width = (end - begin) / many
    done, seconds = [0.0] * many, [0.0] * many
    for before, after in pairwise(samples):
        passed = after.at - before.at
        if passed <= 0 or after.worked - before.worked < BREAK_SHARE * passed:
            continue
        rate = max(after.processed - before.processed, 0) / passed
        first, last = (int((moment - begin) / width) for moment in (before.at, after.at))
        for place in range(max(first, 0), min(last, many - 1) + 1):
            left, right = begin + place * width, begin + (place + 1) * width
            overlap = max(min(right, after.at) - max(left, before.at), 0.0)
            done[place] += rate * overlap
            seconds[place] += overlap
    return [items / worked if worked else None for items, worked in zip(done, seconds, strict=True)]


def _curve(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Seconds worked → items done in them. A phase that counts anew has not undone anything."""
    done = 0.0
    curve: list[tuple[float, float]] = []
    before = samples[0].processed if samples else 0
    for one in samples:
        done += max(one.processed - before, 0)
        before = one.processed
        if curve and one.worked <= curve[-1][0]:
            curve[-1] = (curve[-1][0], done)
        else:
            curve.append((one.worked, done))
    return curve


def _at(curve: Sequence[tuple[float, float]], worked: float) -> float:
    """The items done after so many seconds, between two samples in a straight line."""
    place = bisect_left(curve, (worked, -1.0))
    if place == 0:
        return curve[0][1]
    if place == len(curve):
        return curve[-1][1]
    (left, before), (right, after) = curve[place - 1], curve[place]
    return before + (after - before) * (worked - left) / (right - left)
