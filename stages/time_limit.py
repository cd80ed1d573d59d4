"""A limit of time for what one thread does now: the alarm clock of the stages that draw."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class Overdue(BaseException):
    """It took too long; no `except Exception` on the way out may take this for its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Overdue in the middle of what takes longer; as soon as Python has a say in it."""

    def ring(*_: object) -> None:
        raise Overdue

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
