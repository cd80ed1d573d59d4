"""The jail: what a process that opens other people's files may take of the machine.

The kernel holds the process to it, and every program that it starts. What comics themselves may
ask for is `stages/formats/limits.py`'s; how long one may take by the clock is watched by whoever
waits (`stages/shard.py`, `pipeline/child.py`).
"""

from __future__ import annotations

import resource
import time
from math import ceil

from db.settings import settings
from stages.formats import limits

OPEN_FILES = 256  # a stage has some twenty
_STEP = 0.1  # seconds of the processor; items that take less share one call to the kernel
_LOOK = 0.02  # seconds by the clock, which costs less to read than the processor's time

_cpu_moved_at = 0.0  # processor time of this process when its limit was last moved ahead
_looked_at = 0.0  # moment of the clock when the processor's time was last read


def enter() -> None:
    """Lock this process in, once, before it opens anything, and tell it the limits of comics."""
    limits.use(limits.Limits(**settings().limits))
    _limit(resource.RLIMIT_AS, settings().max_memory_mb << 20)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    _move_ahead(time.process_time())


def next_item() -> None:
    """Give what is taken in hand now processor time of its own.

    An item that uses it up ends the process by SIGXCPU, also in the middle of a decoder. Costs a
    reading of the clock, for most items.
    """
    global _looked_at
    moment = time.monotonic()
    if moment - _looked_at < _LOOK:
        return
    _looked_at = moment
    used = time.process_time()
    if used - _cpu_moved_at > _STEP:
        _move_ahead(used)


def _move_ahead(used: float) -> None:
    """Set the soft limit, which only a rise of the hard one would need rights for."""
    global _cpu_moved_at
    _cpu_moved_at = used
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = ceil(used + _STEP) + settings().max_cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (_lower(soft, hard), hard))


def _limit(what: int, value: int) -> None:
    """Set a limit for good, or leave a lower one that is there already."""
    value = _lower(value, resource.getrlimit(what)[1])
    resource.setrlimit(what, (value, value))


def _lower(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
