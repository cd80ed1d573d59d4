"""The Huey queues: doorbells on SQLite, in a file of their own that may be lost at any moment.

Two instances of different names share `queue.db`, because two consumers of one name would pop and
drop each other's tasks. Nothing here carries state: a lost bell is rung again by recovery.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from huey import SqliteHuey

from db.settings import settings

log = logging.getLogger(__name__)

_mending = threading.Lock()  # a web process rings from many threads
_opened: dict[str, tuple[str, int]] = {}  # a queue's name → the file it has open, and its inode


def open_queue(name: str) -> SqliteHuey:
    """The queue of that name; `mend` says which file is its own before anything uses it.

    A bell need not survive a power cut, so its writes are not forced to the disk.
    """
    return SqliteHuey(name, filename="", results=False, create_tables=False, fsync=False)


def mend(huey: SqliteHuey) -> None:
    """See to it that the queue's file is there and is the one this process has open.

    A file that was deleted or replaced would otherwise go on living in this process alone; one
    that is damaged is put out of the way.
    """
    with _mending:
        _mend(huey, str(settings().queue_file))


def _mend(huey: SqliteHuey, file: str) -> None:
    try:
        if _opened.get(huey.name) == (file, os.stat(file).st_ino):
            return
    except FileNotFoundError:
        pass
    huey.storage.close()
    huey.storage.filename = file
    try:
        huey.storage.initialize_schema()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        log.warning("The queue %s is damaged (%s); it is made anew.", file, error)
        _discard(file)
        huey.storage.initialize_schema()
    _opened[huey.name] = (file, os.stat(file).st_ino)


def ring(huey: SqliteHuey, task: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Enqueue a task; a queue that cannot take it loses the bell, not the work."""
    try:
        mend(huey)
        task(*arguments, **options)
    except sqlite3.Error as error:
        _doubt(huey, error)


def is_silent(huey: SqliteHuey) -> bool:
    """Whether no bell waits to be heard; there is none in a queue that cannot be read."""
    try:
        mend(huey)
        return bool(huey.pending_count() == 0)
    except sqlite3.Error as error:
        _doubt(huey, error)
        return True


def _doubt(huey: SqliteHuey, error: sqlite3.Error) -> None:
    """Have the queue opened afresh before its next use, and a damaged one made anew."""
    log.warning("A bell was lost (%s); recovery will ring again.", error)
    if not isinstance(error, sqlite3.OperationalError):
        _discard(str(settings().queue_file))
    _opened.pop(huey.name, None)


def _discard(file: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(file + suffix):
            os.replace(file + suffix, f"{file}{suffix}.damaged")
