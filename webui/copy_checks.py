"""Checks of copies: comics of a group are read through, to know whether their pages are whole.

One comic after the other is read by a child of this process (`stages/pages.py`). What is waiting is
known to this process alone: a check that ends with it is asked for again by whoever misses it.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Collection

from db import damage, readable
from db.engine import reading, writing
from db.file_versions import version_of
from db.readable import Readable
from db.settings import settings
from db.states import ErrorClass
from pipeline.child import Child, ChildDied, ChildHung

PATIENCE = 10  # times that what one page may take: all of a comic is read
TRIES = 2  # a child may die of what is not this comic's doing

log = logging.getLogger(__name__)


class CopyChecks:
    """One thread that checks what it is given, in the order in which that was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, None] = {}
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, comic_ids: Collection[int]) -> None:
        """Have comics checked, unless they are to be already."""
        with self._lock:
            for one in comic_ids:
                if one not in self._waiting:
                    self._waiting[one] = None
                    self._queue.put(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="checks", daemon=True)
                self._thread.start()

    def under_way(self, comic_ids: Collection[int]) -> bool:
        """Whether any of the comics is being checked, or is to be."""
        with self._lock:
            return any(one in self._waiting for one in comic_ids)

    def _work(self) -> None:
        child = Child("stages.pages")
        while True:
            try:
                comic_id = self._queue.get(timeout=5)
            except queue.Empty:
                child.end_if_idle()
                continue
            try:
                _check(child, comic_id)
            except Exception:
                log.exception("Comic %d could not be checked", comic_id)
            finally:
                with self._lock:
                    del self._waiting[comic_id]


def _check(child: Child, comic_id: int) -> None:
    with reading() as connection:
        book = readable.find(connection, comic_id)
    if book is None or not _is_as_known(book):
        return  # the next scan sees to it
    failure = _read_through(child, book)
    if (failure and failure[0] is ErrorClass.INTERNAL) or not _is_as_known(book):
        return
    with writing() as connection:
        if failure:
            damage.note(connection, comic_id, book.version, *failure)
        else:
            damage.found_whole(connection, comic_id, book.version)


def _is_as_known(book: Readable) -> bool:
    try:
        status = os.stat(book.path)
    except OSError:
        return False
    if os.path.isdir(book.path):
        return True  # a folder's own stamp says nothing of the pictures in it
    return version_of(status.st_size, status.st_mtime_ns) == book.version


def _read_through(child: Child, book: Readable) -> tuple[ErrorClass, str] | None:
    """What is wrong with the comic's pages, if anything is."""
    limit = settings().file_timeout * PATIENCE
    for _ in range(TRIES):
        try:
            answer = child.ask({"check": os.fsdecode(book.path)}, limit)
        except ChildHung:
            return ErrorClass.TIMEOUT, f"Its pages were not read within {limit:g} seconds."
        except ChildDied as death:
            message = f"Reading its pages ended the program {TRIES} times ({death})."
        else:
            if "whole" in answer:
                return None
            return ErrorClass(answer["error_class"]), answer["message"]
    return ErrorClass.CRASHED, message
