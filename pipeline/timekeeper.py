"""The timekeeper: scans begin when their schedules say so, and pause in quiet hours.

Of several workers one keeps the time, and when it ends, another. It only looks at the tables, from
a thread of its own, so that what it has done is known to whoever comes after it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

from db import job_log, jobs, quiet_hours, schedules
from db.engine import reading, writing
from db.libraries import NoSuchLibrary
from db.quiet_hours import Concerned
from db.schedules import Schedule
from db.states import PauseReason
from db.status import JobStateForbids
from db.times import now
from pipeline import slots, tasks
from pipeline.watchman import Watchman

EVERY = 1.0  # seconds
SLOT = "clock"
SET_RIGHT_EVERY = 60.0  # seconds

log = logging.getLogger(__name__)


def keep_time(stop: threading.Event) -> None:
    """Do what is due until the worker stops, and have libraries watched; a fault is told and
    tried again."""
    timekeeper, watchman = Timekeeper(), Watchman()
    while not stop.wait(EVERY):
        try:
            timekeeper.pass_by()
            if timekeeper.keeps:
                watchman.pass_by()
        except Exception:
            log.exception("What is due could not be done; it is tried again")


class Timekeeper:
    """What this worker does by the clock, if it is the one that keeps it."""

    def __init__(self) -> None:
        self._keeps = False
        self._set_right_at = 0.0

    @property
    def keeps(self) -> bool:
        """Whether this worker is the one, from now on until it ends."""
        self._keeps = self._keeps or slots.take_if_free(SLOT)
        return self._keeps

    def pass_by(self) -> None:
        """Do what is due."""
        if not self.keeps:
            return
        if abs(now() - self._set_right_at) >= SET_RIGHT_EVERY:
            self._set_right_at = now()
            set_right()
        with reading() as connection:
            due = schedules.due(connection)
            concerned = quiet_hours.concerned(connection)
        for library_id in {one.library_id for one in due}:
            _try(partial(begin, library_id))
        for job in concerned:
            _try(partial(keep_quiet, job))


def _try(deed: Callable[[], None]) -> None:
    """Do one of several things; what is wrong with it keeps none of the others from being done."""
    try:
        deed()
    except Exception:
        log.exception("What is due could not be done; it is tried again")


def begin(library_id: int) -> None:
    """Begin a library's scan that is due."""
    try:
        with writing() as connection:
            job_id = schedules.run(connection, library_id)
    except NoSuchLibrary:
        return  # it was removed just now
    if job_id is not None:
        log.info("Job %d begins by the schedule", job_id, extra={"job": job_id})
        tasks.ring(job_id)


def keep_quiet(job: Concerned) -> None:
    """Pause a job that goes on in quiet hours, unless a person let it; let it go on after them."""
    try:
        if job.is_quiet and not (job.hours and job.hours.around(now())):
            _let_go_on(job)
        elif _quiet_until(job):
            _pause(job)
    except (JobStateForbids, jobs.NoSuchJob):
        return  # it has ended, or somebody was there first


def set_right() -> None:
    """Bring runs that the server's clock or time zone has put far away to their moments."""
    with reading() as connection:
        found: list[Schedule] = schedules.too_far_away(connection)
    for one in found:
        with writing() as connection:
            schedules.set_right(connection, one)


def _quiet_until(job: Concerned) -> float | None:
    """The end of the quiet hours for which a job should pause now; None where it should not."""
    window = job.hours.around(now()) if job.hours else None
    return window[1] if window and job.goes_on and job.resumed_at < window[0] else None


def _pause(job: Concerned) -> None:
    with writing() as connection:
        found = quiet_hours.concerned(connection, job.job_id)  # a person may have been there since
        until = _quiet_until(found[0]) if found else None
        if until is None:
            return
        jobs.pause(connection, job.job_id, PauseReason.QUIET_HOURS)
        end = datetime.fromtimestamp(until).astimezone()
        job_log.add(connection, job.job_id, f"Quiet hours: it goes on at {end:%H:%M}.")
    words = "Job %d pauses for the quiet hours of %s"
    log.info(words, job.job_id, job.library, extra={"job": job.job_id})


def _let_go_on(job: Concerned) -> None:
    with writing() as connection:
        goes_on = jobs.end_quiet_hours(connection, job.job_id)
        if goes_on:
            job_log.add(connection, job.job_id, "The quiet hours are over; it goes on.")
    if goes_on:
        words = "Job %d goes on; the quiet hours are over"
        log.info(words, job.job_id, extra={"job": job.job_id})
        tasks.ring(job.job_id)
