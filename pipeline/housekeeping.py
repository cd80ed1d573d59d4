"""Housekeeping: what was wished to be forgotten is forgotten, bit by bit, behind everybody's back.

A thread of the worker looks for wishes in the tables; the command line, which has no reason to wait
for a worker, fulfils its own. Files of covers whose comics are gone go last, so that a process that
is killed in between leaves none for good.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from db import artwork, cover_files, covers, kept_pictures, libraries, purges
from db.engine import reading, writing
from db.purges import Purge
from db.settings import settings

EVERY = 1.0  # seconds
AGE_EVERY = 3600.0
BREATH = 0.02  # seconds between transactions, for others who want to write
AT_A_TIME = 500  # covers' comics looked up in one statement

log = logging.getLogger(__name__)


def keep_house(stop: threading.Event) -> None:
    """Fulfil wishes until the worker stops; a fault is told and tried again."""
    aged = -AGE_EVERY
    while not stop.wait(EVERY):
        try:
            if time.monotonic() - aged >= AGE_EVERY:
                purge_by_age()
                prune_artwork()
                aged = time.monotonic()
            fulfil_wishes(stop)
        except Exception:
            log.exception("Something could not be forgotten; it is tried again")


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
        prune_covers()
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
    prune_covers()
    prune_artwork()
    with writing() as connection:
        purges.finish(connection, purge.id)
    return True


def purge_by_age() -> None:
    """Wish that what has been missing for as long as a person set be purged."""
    if settings().purge_after_days:
        with writing() as connection:
            purges.ask_by_age(connection, settings().purge_after_days)


def prune_covers() -> None:
    """Remove the files of covers whose comics are gone."""
    for files in cover_files.by_comic():  # listed first: what is on the disk has been in the table
        ids = list(files)
        for start in range(0, len(ids), AT_A_TIME):
            part = ids[start : start + AT_A_TIME]
            with reading() as connection:
                there = covers.existing(connection, part)
            for comic_id in set(part) - there:
                _remove(files[comic_id])


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


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
