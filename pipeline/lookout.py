"""The lookout: a held job whose files are back goes on by itself, without anybody's word.

What was written down as gone is looked for now and then, some files of it from all over the list.
Each look is a thread, because a disk that does not answer must not keep the worker from anything.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from time import monotonic

from db import held, jobs
from db.engine import reading, writing
from db.held import Held
from db.settings import settings
from db.status import JobStateForbids
from pipeline import tasks

FILES = 40  # looked for at a time

# Seconds until the first look, which double from look to look up to the longest.
FIRST, LONGEST = 2.0, 60.0
# The same for a job that went on and was held again, from time to time that this happens.
AFTER_IN_VAIN, LONGEST_AFTER_IN_VAIN = 60.0, 3600.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watch:
    """One held job that is watched; `lifted` counts how often it went on in vain."""

    held: Held
    wait: float = FIRST
    due: float = field(default_factory=lambda: monotonic() + FIRST)
    lifted: int = 0
    files: list[bytes] = field(default_factory=list)
    look: threading.Thread | None = None

    @property
    def is_looking(self) -> bool:
        return self.look is not None and self.look.is_alive()


class Lookout:
    """The held jobs that this worker watches; of several workers, the first to look lifts one."""

    def __init__(self) -> None:
        self._watches: dict[int, Watch] = {}

    def pass_by(self) -> None:
        """Begin the looks that are due."""
        with reading() as connection:
            found = {one.job_id: one for one in held.waiting(connection)}
            active = set(jobs.active_ids(connection)) if self._watches else set()
        for job_id in self._watches.keys() - found.keys() - active:
            del self._watches[job_id]
        for one in found.values():
            watch = self._watch(one)
            if monotonic() >= watch.due and not watch.is_looking:
                watch.look = threading.Thread(
                    target=self._look, args=(watch,), name="lookout", daemon=True
                )
                watch.look.start()

    def _watch(self, one: Held) -> Watch:
        """The watch of a held job; a new hold of a job is watched anew, after a longer wait."""
        watch = self._watches.get(one.job_id)
        if watch is None:
            watch = self._watches[one.job_id] = Watch(one)
        elif watch.held.since != one.since:
            wait = FIRST
            if watch.lifted:
                wait = min(AFTER_IN_VAIN * 2 ** (watch.lifted - 1), LONGEST_AFTER_IN_VAIN)
            watch = Watch(one, wait, monotonic() + wait, watch.lifted)
            self._watches[one.job_id] = watch
        return watch

    def _look(self, watch: Watch) -> None:
        try:
            if not watch.files:
                with reading() as connection:
                    watch.files = held.sample(connection, watch.held, FILES)
            if looks_well(watch.held, watch.files):
                self._lift(watch)
        except Exception:
            log.exception("Job %d could not be looked after; it is tried again", watch.held.job_id)
        finally:
            watch.wait = max(watch.wait, min(watch.wait * 2, LONGEST))
            watch.due = monotonic() + watch.wait

    def _lift(self, watch: Watch) -> None:
        try:
            with writing() as connection:
                jobs.look_again(connection, watch.held.job_id)
        except (JobStateForbids, jobs.NoSuchJob):
            return  # somebody has answered
        watch.lifted += 1
        words = "The files of %s are back; job %d goes on"
        log.info(words, watch.held.library, watch.held.job_id, extra={"job": watch.held.job_id})
        tasks.ring(watch.held.job_id)


def looks_well(one: Held, files: list[bytes]) -> bool:
    """Whether a discovery would now find enough of what was gone to complete by itself.

    Without a single file back nothing has changed, whatever the root looks like; on another disk
    than before, all of them must be.
    """
    try:
        device = os.stat(one.root).st_dev
    except OSError:
        return False
    back = sum(map(os.path.exists, files))
    if not back:
        return False
    if one.device not in (None, device):
        return back == len(files)
    still_gone = one.comics * (1 - back / len(files))
    return still_gone <= settings().missing_share * one.known
