"""The Huey queues: doorbells on SQLite, in a file of their own that may be lost at any moment.

Two instances of different names share `queue.db`, because two consumers of one name would pop and
drop each other's tasks. Nothing here carries state: a lost bell is rung again by recovery.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

from huey import SqliteHuey

from db import soundness
from db.settings import settings

LOOK_EVERY = 10.0  # seconds

log = logging.getLogger(__name__)

_mending = threading.Lock()  # a web process rings from many threads
_opened: dict[str, tuple[str, int]] = {}  # a queue's name → the file it has open, and its inode
_looked: dict[str, float] = {}  # a queue's name → when its file was last looked through


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


def tend(huey: SqliteHuey) -> None:
    """Mend the queue and, now and then, look its file through.

    Damage may be where nothing but the next bell in turn is: then bells wait, and none is heard.
    """
    if time.monotonic() - _looked.get(huey.name, -LOOK_EVERY) >= LOOK_EVERY:
        replace_damaged()
        _looked[huey.name] = time.monotonic()
    mend(huey)


def replace_damaged() -> bool:
    """Put a queue that is damaged out of the way, for the next use to make anew; True if so."""
    file = settings().queue_file
    try:
        found = soundness.complaints(file, quick=True)
    except sqlite3.OperationalError:  # it is not there, or in somebody's hands
        return False
    if found:
        log.warning("The queue %s is damaged (%s); it is made anew.", file, found[0])
        _discard(str(file))
    return bool(found)


def ring(huey: SqliteHuey, task: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Enqueue a task; a queue that cannot take it loses the bell, not the work."""
    try:
        mend(huey)
        task(*arguments, **options)
    except sqlite3.Error as error:
        _doubt(huey, error)


def waiting(huey: SqliteHuey) -> int:
    """How many bells wait to be heard; there is none in a queue that cannot be read."""
    try:
        mend(huey)
        return int(huey.pending_count())
    except sqlite3.Error as error:
        _doubt(huey, error)
        return 0


def is_silent(huey: SqliteHuey) -> bool:
    """Whether no bell waits to be heard."""
    return waiting(huey) == 0


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
