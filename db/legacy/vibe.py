"""What a Vibe CBR Reader's database knows, read into plain values. Both generations of its schema.

Its comic ids are the MD5 of a comic's absolute path, pages count from 0, moments are naive UTC, and
a column that a generation lacks reads as nothing. Nothing is judged here but whether this is such
a database at all.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from db.legacy import snapshot
from db.legacy.snapshot import Unusable

NEWEST = 16  # its PRAGMA user_version; the older generation has 0
_NEEDED = {
    "users": {"id", "username", "password_hash"},
    "comics": {"id", "path"},
    "reading_progress": {"user_id", "comic_id", "current_page"},
}
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class User:
    """`must_change` says that the password was to be changed at the next sign-in."""

    id: int
    name: str
    password_hash: str
    is_admin: bool
    is_approved: bool
    must_change: bool
    created_at: float | None


@dataclass(frozen=True, slots=True)
class Comic:
    """`path` is absolute, with slashes; `size` is None in the older generation."""

    id: str
    path: str
    size: int | None
    series_id: int | None
    has_thumbnail: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is in a comic. `reader` is what the reader was set to: display, …"""

    user_id: int
    comic_id: str
    page: int
    page_count: int | None
    completed: bool
    read_at: float | None
    seconds: int
    reader: dict[str, str]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A page of a comic that somebody marked."""

    user_id: int
    comic_id: str
    page: int
    note: str
    created_at: float | None


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation; `place` is x, y, width, height in whatever unit a program sent."""

    id: int
    user_id: int
    comic_id: str
    page: int
    text: str
    highlight: str
    place: tuple[float | None, float | None, float | None, float | None]
    created_at: float | None


@dataclass(frozen=True, slots=True)
class Preferences:
    """A user's, as the columns have them."""

    user_id: int
    values: dict[str, Any]
    changed_at: float | None


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody thinks of a series."""

    user_id: int
    series_id: int
    stars: int
    rated_at: float | None


@dataclass(frozen=True, slots=True)
class ReadingList:
    """A list of series."""

    id: int
    user_id: int
    name: str
    description: str
    is_public: bool
    created_at: float | None
    changed_at: float | None


@dataclass(frozen=True, slots=True)
class ListItem:
    """A series in a list."""

    list_id: int
    series_id: int
    position: int
    added_at: float | None


@dataclass(frozen=True, slots=True)
class Vibe:
    """A whole database; `roots` are the folders its libraries were."""

    generation: int
    roots: tuple[str, ...]
    users: tuple[User, ...]
    comics: tuple[Comic, ...]
    progress: tuple[Progress, ...]
    bookmarks: tuple[Bookmark, ...]
    notes: tuple[Note, ...]
    preferences: tuple[Preferences, ...]
    ratings: tuple[Rating, ...]
    lists: tuple[ReadingList, ...]
    list_items: tuple[ListItem, ...]


def read(path: Path) -> Vibe:
    """The database in a file, which is not changed; raises Unusable."""
    return snapshot.read(path, lambda connection: _vibe(connection, path))


def moment(value: object) -> float | None:
    """Epoch seconds of a naive UTC time; None for none, and for one that has yet to come."""
    try:
        found = datetime.fromisoformat(str(value))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return None if found > datetime.now(UTC) + _A_DAY else found.timestamp()
    except (ValueError, OverflowError):
        return None


def with_slashes(path: str) -> str:
    """A path as Windows or anybody else writes it, with slashes and none at its end."""
    if re.match(r"[A-Za-z]:[\\/]|\\\\", path):
        path = path.replace("\\", "/")
    return path.rstrip("/")


def _vibe(connection: sqlite3.Connection, path: Path) -> Vibe:
    _refuse_others(connection, path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > NEWEST:
        raise Unusable(
            f"{path} is of a newer Vibe CBR Reader (its schema {version}) than this Longbox knows "
            f"(up to {NEWEST})."
        )
    return Vibe(
        generation=version,
        roots=tuple(with_slashes(row["path"]) for row in _rows(connection, "libraries")),
        users=tuple(_users(connection)),
        comics=tuple(_comics(connection)),
        progress=tuple(_progress(connection)),
        bookmarks=tuple(_bookmarks(connection)),
        notes=tuple(_notes(connection)),
        preferences=tuple(
            Preferences(row["user_id"], row, moment(row.get("updated_at")))
            for row in _rows(connection, "user_preferences")
        ),
        ratings=tuple(
            Rating(row["user_id"], row["series_id"], row["rating"], moment(row.get("created_at")))
            for row in _rows(connection, "ratings")
        ),
        lists=tuple(_lists(connection)),
        list_items=tuple(
            ListItem(
                row["list_id"],
                row["series_id"],
                _number(row.get("position")),
                moment(row.get("added_at")),
            )
            for row in _rows(connection, "user_list_items")
        ),
    )


def _refuse_others(connection: sqlite3.Connection, path: Path) -> None:
    for table, columns in _NEEDED.items():
        there = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not columns <= there:
            raise Unusable(
                f"{path} is a SQLite database, but none of a Vibe CBR Reader: it has no table "
                f"{table} with {', '.join(sorted(columns))}."
            )


def _users(connection: sqlite3.Connection) -> Iterator[User]:
    for row in _rows(connection, "users"):
        yield User(
            row["id"],
            _text(row["username"]),
            _text(row["password_hash"]),
            row.get("role") == "admin",
            bool(row.get("approved", True)),
            bool(row.get("must_change_password")),
            moment(row.get("created_at")),
        )


def _comics(connection: sqlite3.Connection) -> Iterator[Comic]:
    for row in _rows(connection, "comics"):
        yield Comic(
            row["id"],
            with_slashes(str(row["path"])),
            row.get("size_bytes"),
            row.get("series_id"),
            # `processed` is what it was called at first.
            bool(row.get("has_thumbnail") or row.get("processed")),
        )


def _progress(connection: sqlite3.Connection) -> Iterator[Progress]:
    for row in _rows(connection, "reading_progress"):
        names = ("reader_display", "reader_direction", "reader_zoom")
        yield Progress(
            row["user_id"],
            row["comic_id"],
            _number(row["current_page"]),
            row.get("total_pages"),
            bool(row.get("completed")),
            moment(row.get("last_read")),
            _number(row.get("seconds_read")),
            {name: row[name] for name in names if row.get(name)},
        )


def _bookmarks(connection: sqlite3.Connection) -> Iterator[Bookmark]:
    for row in _rows(connection, "bookmarks"):
        yield Bookmark(
            row["user_id"],
            row["comic_id"],
            _number(row["page_number"]),
            _text(row.get("note")),
            moment(row.get("created_at")),
        )


def _notes(connection: sqlite3.Connection) -> Iterator[Note]:
    for row in _rows(connection, "page_annotations"):
        yield Note(
            row["id"],
            row["user_id"],
            row["comic_id"],
            _number(row["page_number"]),
            _text(row.get("note")),
            _text(row.get("highlight_text")),
            (row.get("x"), row.get("y"), row.get("width"), row.get("height")),
            moment(row.get("created_at")),
        )


def _lists(connection: sqlite3.Connection) -> Iterator[ReadingList]:
    for row in _rows(connection, "user_lists"):
        yield ReadingList(
            row["id"],
            row["user_id"],
            _text(row["name"]),
            _text(row.get("description")),
            bool(row.get("is_public")),
            moment(row.get("created_at")),
            moment(row.get("updated_at")),
        )


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    """A table's rows in their order; none where the generation has no such table."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,))
    if known.fetchone() is not None:
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY rowid"):  # noqa: S608 - a name of ours
            yield dict(row)


def _text(value: object) -> str:
    """A text as a database of ours takes it."""
    text = "" if value is None else str(value).replace("\0", "")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
