"""Yielding: stages make room while people read, and take the machine back when they stop.

How the readers fare is told by the web processes' own latency. When it is too long, all stages get
little right to the processor, and keep to that for as long as anybody reads, since it costs nothing
while nobody does. Where that is not enough, a worker runs one stage less every few seconds.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from db import job_log, latency
from db.engine import writing
from db.settings import settings
from pipeline.runner import Runner

FEWEST = 5  # requests within `latency.LATELY`; whoever only looks on at a scan asks for less
SLOW = 2  # of them: one alone may be a sign-in, whose hash takes its time on purpose
SHARE = 0.1  # of the requests that may be slow
STEP = 3.0  # seconds until one stage less is tried
CALM = 15.0  # seconds without a slow answer until one stage more is
NICE = 10

SLOWER = "Going slower while people use Longbox."
FASTER = "Nobody has to wait any more; back to full speed."

# Linux may share the processors out among sessions first (sched(7), "The autogroup feature"): then
# a nice process has less than its neighbours of the session, and the session as much as before.
# honcho starts each of our processes in a session of its own.
SESSION = Path("/proc/self/autogroup")

log = logging.getLogger(__name__)


class Yielding:
    """How much of the machine one worker's stages take; `clock` is in seconds."""

    def __init__(self, runner: Runner, clock: Callable[[], float] = time.monotonic) -> None:
        self._runner = runner
        self._clock = clock
        self._most = runner.allowed
        self._changed_at = -latency.LATELY
        self._slow_at = -CALM
        self._yields = False
        self._told: set[int] = set()  # jobs that go slower and know it
        self._lowered: dict[int, int] = {}  # processes and how nice they were
        make_session_nice(0)  # after a worker that was killed while it yielded

    def pass_by(self) -> None:
        """Take a step towards what the readers leave."""
        moment = self._clock()
        # What was slow before the last step says nothing about it.
        if people_wait(min(latency.LATELY, moment - self._changed_at)):
            self._slow_at = moment
            if not self._yields:
                self._yields, self._changed_at = True, moment
            elif self._runner.allowed > 1 and moment - self._changed_at >= STEP:
                self._runner.allowed -= 1
                self._changed_at = moment
        elif self._yields and moment - max(self._slow_at, self._changed_at) >= CALM:
            self._take_back(moment)
        if self._yields:
            self._make_room()

    def _take_back(self, moment: float) -> None:
        """Run one stage more; with all of them, be as nice as before once nobody reads."""
        if self._runner.allowed < self._most:
            self._runner.allowed += 1
            self._changed_at = moment
        elif not people_read():
            self._give_back()

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
        make_session_nice(NICE)
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
        make_session_nice(0)
        _tell({stage.claim.job_id for stage in stages} & self._told, FASTER)
        self._lowered.clear()
        self._told.clear()
        self._yields = False


def people_wait(seconds: float = latency.LATELY) -> bool:
    """Whether the pages that people have asked for in the last seconds took too long."""
    if not settings().yield_above:
        return False
    took = latency.lately(settings().run, seconds)
    slow = sum(one > settings().yield_above for one in took)
    return len(took) >= FEWEST and slow >= SLOW and slow > len(took) * SHARE


def people_read() -> bool:
    """Whether people have asked for pages lately."""
    return len(latency.lately(settings().run)) >= FEWEST


def make_session_nice(level: int) -> None:
    """Let all processes of this session together have less of the processors, or as much as others.

    Nothing happens where the kernel does not share them out so, or the session is a terminal's.
    """
    if os.getsid(0) not in (os.getpid(), os.getppid()):
        return
    with suppress(OSError):  # a kernel without; or one that was told a moment ago, and is again
        if SESSION.read_text().split()[-1] != str(level):
            SESSION.write_text(str(level))


def _tell(jobs: Iterable[int], sentence: str) -> None:
    for job_id in jobs:
        log.info("Job %d: %s", job_id, sentence)
        with writing() as connection:
            job_log.add(connection, job_id, sentence)
