"""Reading a SQLite file of another program as it was at one moment, without leaving a trace.

A file that lies still is opened as one that never changes, which needs no lock and no writable
disk. One with a journal beside it is in use, or was left in the middle of something: SQLite itself
makes sense of a copy of both, which is gone as soon as it is in memory.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

T = TypeVar("T")

_MAGIC = b"SQLite format 3\0"
_BESIDE = ("-wal", "-journal")
_TRIES = 5
_PAUSE = 0.2  # seconds: who writes now may have written then
_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it


class Unusable(ValueError):
    """The file is none that can be brought over; the message is the sentence for the user."""


def read(path: Path, reader: Callable[[sqlite3.Connection], T]) -> T:
    """What `reader` makes of the file; raises Unusable."""
    _refuse_foreign(path)
    damage: sqlite3.DatabaseError | None = None
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        before = _signature(path)
        try:
            with _opened(path) as connection:
                found = reader(connection)
        except sqlite3.DatabaseError as error:
            damage = error
        except FileNotFoundError:
            continue  # a journal that was gone when it was to be copied
        else:
            damage = None
        if _signature(path) == before:
            break
    else:
        raise Unusable(
            f"{path} is being written to all the time. Stop the server that it belongs to first."
        )
    if damage is not None:
        raise Unusable(
            f"{path} is damaged and cannot be read to its end ({damage}). Take a backup of it, or "
            f"let the sqlite3 program save what it can: `sqlite3 {path.name} .recover`."
        )
    return found


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    in_use = [end for end in _BESIDE if _size(Path(f"{path}{end}"))]
    with closing(_copied(path, in_use) if in_use else _connect(path, "immutable=1")) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        yield connection


def _copied(path: Path, in_use: Sequence[str]) -> sqlite3.Connection:
    """The file in memory, with what stands in its journals."""
    memory = sqlite3.connect(":memory:")
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="longbox-", dir=where) as folder:
        copy = Path(folder, "copy.db")
        for end in ("", *in_use):
            shutil.copyfile(f"{path}{end}", f"{copy}{end}")
        with closing(_connect(copy, "mode=rw")) as connection:
            connection.backup(memory)
    return memory


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(os.fsencode(path.absolute()))}?{how}", uri=True)


def _refuse_foreign(path: Path) -> None:
    if path.is_dir():
        raise Unusable(f"{path} is a folder. Name the database file in it.")
    try:
        with open(path, "rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise Unusable(f"There is no file {path}.") from None
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None
    if not head:
        raise Unusable(f"{path} is empty.")
    if head != _MAGIC:
        raise Unusable(f"{path} is no SQLite database.")


def _signature(path: Path) -> list[tuple[int, int, int] | None]:
    """What changes whenever the file or a journal beside it does."""
    found: list[tuple[int, int, int] | None] = []
    for end in ("", *_BESIDE):
        known = None
        with suppress(FileNotFoundError):
            stat = os.stat(f"{path}{end}")
            known = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        found.append(known)
    return found


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
