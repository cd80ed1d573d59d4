"""Yielding: stages make room while people read, and take the machine back when they stop.

How the readers fare is told by the web processes' own latency. While it is too long, a worker runs
one stage less every few seconds, down to one, and all of them with little right to the processor.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from db import job_log, latency
from db.engine import writing
from db.settings import settings
from pipeline.runner import Runner

FEWEST = 5  # requests within `latency.LATELY`; whoever only looks on at a scan asks for less
SHARE = 0.9  # of the requests that must be fast enough
STEP = 3.0  # seconds until one stage less is tried
CALM = 15.0  # seconds without a slow answer until one stage more is
NICE = 15

SLOWER = "Going slower while people use Longbox."
FASTER = "Nobody has to wait any more; back to full speed."

log = logging.getLogger(__name__)


class Yielding:
    """How much of the machine one worker's stages take; `clock` is in seconds."""

    def __init__(self, runner: Runner, clock: Callable[[], float] = time.monotonic) -> None:
        self._runner = runner
        self._clock = clock
        self._most = runner.allowed
        self._changed_at = -STEP
        self._slow_at = -CALM
        self._yields = False
        self._told: set[int] = set()  # jobs that go slower and know it
        self._lowered: dict[int, int] = {}  # processes and how nice they were

    def pass_by(self) -> None:
        """Take a step towards what the readers leave."""
        moment = self._clock()
        if people_wait():
            self._yields, self._slow_at = True, moment
            if self._runner.allowed > 1 and moment - self._changed_at >= STEP:
                self._runner.allowed -= 1
                self._changed_at = moment
        elif self._yields and moment - max(self._slow_at, self._changed_at) >= CALM:
            self._runner.allowed = min(self._runner.allowed + 1, self._most)
            self._changed_at = moment
            if self._runner.allowed == self._most:
                self._give_back()
        if self._yields:
            self._make_room()

    def _make_room(self) -> None:
        """Have stages beyond those allowed hand their shards back, and the others be nice."""
        stages = [*self._runner.stages.values()]
        for stage in stages[self._runner.allowed :]:
            stage.process.terminate()
        for stage in stages:
            pid = stage.process.pid
            with suppress(OSError):  # it has just ended
                if pid not in self._lowered:
                    self._lowered[pid] = os.getpriority(os.PRIO_PROCESS, pid)
                    os.setpriority(os.PRIO_PROCESS, pid, max(NICE, self._lowered[pid]))
        news = {stage.claim.job_id for stage in stages} - self._told
        self._told |= news
        _tell(news, SLOWER)

    def _give_back(self) -> None:
        stages = [*self._runner.stages.values()]
        for pid in {stage.process.pid for stage in stages}:
            if pid in self._lowered:
                # Not everybody may; then it stays nice to its end, which costs little.
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, pid, self._lowered[pid])
        _tell({stage.claim.job_id for stage in stages} & self._told, FASTER)
        self._lowered.clear()
        self._told.clear()
        self._yields = False


def people_wait() -> bool:
    """Whether the pages that people have asked for lately took too long."""
    if not settings().yield_above:
        return False
    took = latency.lately(settings().run)
    return len(took) >= FEWEST and took[int(len(took) * SHARE)] > settings().yield_above


def _tell(jobs: Iterable[int], sentence: str) -> None:
    for job_id in jobs:
        log.info("Job %d: %s", job_id, sentence)
        with writing() as connection:
            job_log.add(connection, job_id, sentence)
