"""Whether the files of databases are sound: looking them through, mending, packing them anew.

Who comes upon damage in `library.db` leaves a note beside the locks, so that everybody who starts
later is told before he writes into what is broken. The note is of one file: it counts no more when
another is in its place. Files are opened here as they are, without the engines.
"""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from db.dialect import CHECK_SEARCH, REBUILD_SEARCH
from db.settings import Settings

SENTENCE = (
    "The database file library.db is damaged. `longbox check` says how. Stop Longbox and bring "
    "your last backup back with `longbox restore FILE`."
)
MOST = 20  # complaints that are told
BUSY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that was packed anew: its bytes before and after."""

    before: int
    after: int


def says_so(error: sqlite3.DatabaseError) -> bool:
    """Whether an error says that the database's file itself is broken."""
    return any(words in str(error) for words in ("malformed", "not a database"))


# ---- the note


def note(settings: Settings, what: str) -> None:
    """Leave word that the database is damaged."""
    with suppress(OSError):  # there may be no place for it; who reads the damage is told anyway
        inode = settings.library_file.stat().st_ino
        _note_file(settings).write_text(f"{inode}\n{what}\n")


def is_noted(settings: Settings) -> bool:
    """Whether somebody has found the database that is there now damaged."""
    try:
        inode = _note_file(settings).read_text().partition("\n")[0]
        return inode == str(settings.library_file.stat().st_ino)
    except OSError:
        return False


def forget(settings: Settings) -> None:
    """Take the note back: the database is sound."""
    _note_file(settings).unlink(missing_ok=True)


# ---- looking


def age_of_look(settings: Settings) -> float:
    """Seconds since the database was looked through on its own account."""
    try:
        return time.time() - _look_file(settings).stat().st_mtime
    except FileNotFoundError:
        return math.inf


def note_look(settings: Settings) -> None:
    """Say that the database has just been looked through."""
    _look_file(settings).touch()


def complaints(file: Path, *, quick: bool = False) -> list[str]:
    """What is wrong with a database, in SQLite's words; nothing when it is sound.

    The quick look leaves out whether indexes agree with their tables, and what refers to nothing.
    """
    try:
        with closing(_opened(f"{file.absolute().as_uri()}?mode=ro")) as connection:
            kind = "quick_check" if quick else "integrity_check"
            told = "\n".join(words for (words,) in connection.execute(f"PRAGMA {kind}({MOST})"))
            found = [] if told == "ok" else told.splitlines()[:MOST]
            if not quick and not found:
                found = list(_references_to_nothing(connection))
            return found
    except sqlite3.DatabaseError as error:
        if says_so(error):
            return [str(error)]
        raise


def complaints_of_search(file: Path) -> list[str]:
    """What is wrong with what is searched; who calls it has the database alone."""
    found = []
    with closing(_opened(str(file))) as connection:
        for table, statement in CHECK_SEARCH.items():
            try:
                connection.execute(statement)
            except sqlite3.DatabaseError as error:
                found.append(f"{table}: {error}")
    return found


def empty_share(file: Path) -> float:
    """How much of a database's file is empty and waits to be used again, from 0 to 1."""
    with closing(_opened(f"{file.absolute().as_uri()}?mode=ro")) as connection:
        (empty,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return float(empty / pages) if pages else 0.0


def _references_to_nothing(connection: sqlite3.Connection) -> Iterator[str]:
    for row in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST):
        yield f"row {row[1]} of {row[0]} refers to a row of {row[2]} that is not there"


# ---- mending


def rebuild(file: Path) -> None:
    """Make all indexes anew from their tables; who calls it has the database alone.

    Raises sqlite3.DatabaseError where a table itself is broken; then all is as it was.
    """
    with _alone(file) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("REINDEX")
        for statement in REBUILD_SEARCH:
            connection.execute(statement)
        connection.execute("COMMIT")


def pack(file: Path) -> Packed:
    """Write a database anew without its gaps; who calls it has it alone.

    Needs as much room again as the file has. Killed, or on a full disk, all is as it was.
    """
    os.environ["SQLITE_TMPDIR"] = str(file.parent)  # else in /tmp, which may be small
    with _alone(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = file.stat().st_size
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Packed(before, file.stat().st_size)


@contextmanager
def _alone(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(_opened(str(file))) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        yield connection


def _opened(address: str) -> sqlite3.Connection:
    return sqlite3.connect(
        address, uri=address.startswith("file:"), timeout=BUSY_SECONDS, isolation_level=None
    )


def _look_file(settings: Settings) -> Path:
    return settings.run / "library.looked-through"


def _note_file(settings: Settings) -> Path:
    return settings.run / "library.damaged"
