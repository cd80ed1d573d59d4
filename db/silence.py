"""How long something has not moved, told without the clock on the wall.

Whoever watches looks now and then at a sign that changes while all is well: a heartbeat, a path
in hand. Only what passed while somebody looked is counted, so that neither a clock that jumps, nor
a machine that slept, nor a watcher that was stopped itself makes the living look dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Silence(Generic[Key]):
    """Watches the signs of many, each under its key.

    A look stands for `longest` seconds at most, however long ago the one before it was.
    """

    def __init__(self, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest = longest
        self._clock = clock
        self._looked_at = clock()
        self._signs: dict[Key, object] = {}
        self._silent: dict[Key, float] = {}

    def look(self, signs: Mapping[Key, object]) -> dict[Key, float]:
        """The seconds for which each has shown the sign that it shows now; others are forgotten."""
        moment = self._clock()
        passed = min(moment - self._looked_at, self._longest)
        self._looked_at = moment
        self._silent = {
            key: self._silent[key] + passed
            if key in self._silent and self._signs[key] == sign
            else 0.0
            for key, sign in signs.items()
        }
        self._signs = dict(signs)
        return self._silent
