"""Housekeeping: what was wished to be forgotten is forgotten, bit by bit, behind everybody's back.

A thread of the worker looks for wishes in the tables; the command line, which has no reason to wait
for a worker, fulfils its own. Files of covers whose comics are gone go last, so that a process that
is killed in between leaves none for good. What is to be looked after now and then is here as well.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from db import artwork, job_history, kept_pictures, libraries, purges, retention, soundness
from db.engine import reading, writing
from db.purges import Purge
from db.settings import settings
from db.status import JobError
from pipeline import cover_cache, slots

EVERY = 1.0  # seconds
HOUR = 3600.0
CHECK_EVERY = 24 * HOUR
TRY_AGAIN_AFTER = 60.0
BREATH = 0.02  # seconds between transactions, for others who want to write

log = logging.getLogger(__name__)


def keep_house(stop: threading.Event) -> None:
    """Fulfil wishes and do the chores until the worker stops; a fault is told and tried again."""
    due = dict.fromkeys(CHORES, 0.0)
    duty = slots.Duty("housekeeping")
    while not stop.wait(EVERY):
        if not duty.is_ours:
            continue
        _do(lambda: fulfil_wishes(stop))
        for chore in CHORES:
            if time.monotonic() >= due[chore] and not stop.is_set():
                due[chore] = time.monotonic() + (_do(chore) or HOUR)


def _do(chore: Callable[[], float | None]) -> float | None:
    try:
        return chore()
    except Exception:
        log.exception("The house could not be kept; it is tried again")
        return TRY_AGAIN_AFTER


def fulfil_wishes(stop: threading.Event) -> None:
    """Forget what is to be forgotten now; what a scan is in the way of is left for later."""
    with reading() as connection:
        removed = libraries.being_removed(connection)
        wishes = purges.unfinished(connection)
    for library_id, name in removed:
        if not forget_library(library_id, stop):
            return
        log.info("The library %s is removed", name)
    for purge in wishes:
        if fulfil(purge, stop):
            log.info("Purge %d is done", purge.id)


def forget_library(library_id: int, stop: threading.Event) -> bool:
    """Forget a library that is removed, to its end unless asked to stop."""
    left = True
    while left and not stop.is_set():
        with writing() as connection:
            left = purges.forget_library(connection, library_id)
        stop.wait(BREATH)
    if not left:
        cover_cache.prune()
        prune_artwork()
    return not left


def fulfil(purge: Purge, stop: threading.Event) -> bool:
    """Purge what a wish says; False when something is left, or when asked to stop."""
    place: purges.Place | None = purges.START
    while place is not None:
        if stop.is_set():
            return False
        with writing() as connection:
            place = purges.purge_some(connection, purge, place)
        stop.wait(BREATH)
    with reading() as connection:
        if purges.waits(connection, purge):
            return False
    cover_cache.prune()
    prune_artwork()
    with writing() as connection:
        purges.finish(connection, purge.id)
    return True


def purge_by_age() -> None:
    """Wish that what has been missing for as long as a person set be purged."""
    if settings().purge_after_days:
        with writing() as connection:
            purges.ask_by_age(connection, settings().purge_after_days)


def prune_covers() -> float:
    """Keep covers to their budget; answers the seconds until that is to be done again."""
    pruned = cover_cache.prune()
    if pruned.dropped:
        log.info("%d covers were dropped to make room for others", pruned.dropped)
    return pruned.good_for


def note_lost_covers() -> None:
    """Have covers drawn again that are not where they are said to be."""
    if lost := cover_cache.note_lost():
        log.info("%d covers are not there any more; they are drawn when they are looked at", lost)


def prune_jobs() -> None:
    """Forget scans that are many or old; a summary of each stays."""
    with reading() as connection:
        due = retention.due(connection, settings().keep_jobs, settings().keep_job_days)
    for job_id in due:
        with suppress(JobError):  # a person has deleted it, or retries it
            retention.forget(job_id, summarised=True)
    if due:
        log.info("Of %d scans a summary is kept", len(due))
    left = True
    while left:
        with writing() as connection:
            left = bool(job_history.prune(connection))


def look_through() -> None:
    """Look the database through, once a day."""
    if soundness.age_of_look(settings()) >= CHECK_EVERY:
        found = soundness.complaints(settings().library_file, quick=True)
        soundness.note_look(settings())
        if found:
            soundness.note(settings(), found[0])
            log.error("%s", soundness.SENTENCE)


def prune_artwork() -> None:
    """Forget pictures that nothing names any more, and remove the files of those that are not
    known."""
    while True:
        with reading() as connection:  # looking takes longer than a writer may
            homeless, unnamed = artwork.homeless_files(connection), artwork.unnamed(connection)
        if not homeless and not unnamed:
            break
        with writing() as connection:
            artwork.forget(connection, homeless, unnamed)
    for files in kept_pictures.by_folder():
        with reading() as connection:
            unknown = artwork.unknown(connection, files.keys())
        for sha256 in unknown:
            _remove(files[sha256])


# Each answers the seconds until it is due again, or None for an hour.
CHORES: tuple[Callable[[], float | None], ...] = (
    purge_by_age,
    prune_artwork,
    prune_covers,
    note_lost_covers,
    prune_jobs,
    look_through,
)


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
