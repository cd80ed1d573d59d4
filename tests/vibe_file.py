"""Databases as a Vibe CBR Reader leaves them, of its older and its newer schema, made for tests."""

from __future__ import annotations

import hashlib
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

import bcrypt
import pytest

OLDER, NEWER = 0, 16  # the PRAGMA user_version of each
GENERATIONS = pytest.mark.parametrize("generation", [OLDER, NEWER], ids=["older", "newer"])
THEN = "2026-03-01 12:00:00"  # when everything was, unless a row says otherwise
THEN_SECONDS = 1_772_366_400.0

_BOTH = """
CREATE TABLE comics (id TEXT PRIMARY KEY, path TEXT UNIQUE, title TEXT, series TEXT, pages INTEGER,
    processed BOOLEAN DEFAULT 0, series_id INTEGER, has_thumbnail BOOLEAN DEFAULT 0);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL,
    password_hash TEXT NOT NULL, email TEXT, role TEXT DEFAULT 'reader', created_at TIMESTAMP);
CREATE TABLE reading_progress (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL,
    comic_id TEXT NOT NULL, current_page INTEGER DEFAULT 0, total_pages INTEGER,
    completed BOOLEAN DEFAULT 0, last_read TIMESTAMP, UNIQUE(user_id, comic_id));
CREATE TABLE user_preferences (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER UNIQUE,
    theme TEXT DEFAULT 'dark', default_view_mode TEXT DEFAULT 'grid',
    reader_direction TEXT DEFAULT 'ltr', reader_display TEXT DEFAULT 'single',
    reader_zoom TEXT DEFAULT 'fit', updated_at TIMESTAMP);
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, comic_id TEXT,
    page_number INTEGER, note TEXT, created_at TIMESTAMP);
CREATE TABLE series (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL);
"""
_NEWER = """
ALTER TABLE comics ADD COLUMN size_bytes INTEGER;
ALTER TABLE comics ADD COLUMN thumbnail_ext TEXT DEFAULT 'webp';
ALTER TABLE users ADD COLUMN must_change_password BOOLEAN DEFAULT 0;
ALTER TABLE users ADD COLUMN approved BOOLEAN DEFAULT 1;
ALTER TABLE reading_progress ADD COLUMN reader_display TEXT;
ALTER TABLE reading_progress ADD COLUMN reader_direction TEXT;
ALTER TABLE reading_progress ADD COLUMN reader_zoom TEXT;
ALTER TABLE reading_progress ADD COLUMN seconds_read INTEGER DEFAULT 0;
ALTER TABLE user_preferences ADD COLUMN ereader BOOLEAN DEFAULT 0;
ALTER TABLE user_preferences ADD COLUMN brightness REAL DEFAULT 1.0;
ALTER TABLE user_preferences ADD COLUMN contrast REAL DEFAULT 1.0;
ALTER TABLE user_preferences ADD COLUMN saturation REAL DEFAULT 1.0;
ALTER TABLE user_preferences ADD COLUMN invert REAL DEFAULT 0.0;
ALTER TABLE user_preferences ADD COLUMN tone_value REAL DEFAULT 0.0;
ALTER TABLE user_preferences ADD COLUMN tone_mode TEXT DEFAULT 'sepia';
ALTER TABLE user_preferences ADD COLUMN auto_advance_interval INTEGER DEFAULT 10;
CREATE TABLE ratings (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, series_id INTEGER,
    rating INTEGER, created_at TIMESTAMP);
CREATE TABLE page_annotations (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER,
    comic_id TEXT, page_number INTEGER, note TEXT, highlight_text TEXT, x REAL, y REAL,
    width REAL, height REAL, created_at TIMESTAMP);
CREATE TABLE user_lists (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, name TEXT,
    description TEXT, is_public BOOLEAN DEFAULT 0, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE user_list_items (id INTEGER PRIMARY KEY AUTOINCREMENT, list_id INTEGER,
    series_id INTEGER, position INTEGER DEFAULT 0, added_at TIMESTAMP);
CREATE TABLE libraries (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, path TEXT);
"""
_WHEN = {
    "users": ("created_at",),
    "reading_progress": ("last_read",),
    "user_preferences": ("updated_at",),
    "bookmarks": ("created_at",),
    "ratings": ("created_at",),
    "page_annotations": ("created_at",),
    "user_lists": ("created_at", "updated_at"),
    "user_list_items": ("added_at",),
}


class VibeFile:
    """A `comics.db`, with the comics that were below /comics there."""

    def __init__(self, folder: Path, generation: int = NEWER) -> None:
        self.path = folder / "comics.db"
        self.generation = generation
        folder.mkdir(parents=True, exist_ok=True)
        self.run(_BOTH + (_NEWER if generation == NEWER else ""))
        self.run(f"PRAGMA user_version = {generation}")
        if generation == NEWER:
            self.add("libraries", name="Default", path="/comics")

    def run(self, script: str) -> None:
        connection = sqlite3.connect(self.path)
        connection.executescript(script)
        connection.close()

    def add(self, table: str, **columns: Any) -> int:
        values = dict.fromkeys(_WHEN.get(table, ()), THEN) | columns
        places = ", ".join("?" * len(values))
        connection = sqlite3.connect(self.path)
        with connection:
            row_id = connection.execute(
                f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})",
                tuple(values.values()),
            ).lastrowid
        connection.close()
        assert row_id is not None
        return row_id

    def user(self, name: str, password: str = "", **columns: Any) -> int:
        """A user; the password is hashed as this generation does."""
        password = password or f"{name}-secret1"
        hash_ = bcrypted(password) if self.generation == NEWER else sha256(password)
        return self.add("users", **{"username": name, "password_hash": hash_} | columns)

    def series(self, name: str) -> int:
        return self.add("series", name=name)

    def comic(self, path: str, series_id: int | None = None, **columns: Any) -> str:
        """A comic; its id, which is made of the path as it is there."""
        comic_id = hashlib.md5(path.encode()).hexdigest()  # noqa: S324 - it is theirs
        self.add("comics", id=comic_id, path=path, series_id=series_id, **columns)
        return comic_id

    def read(self, user_id: int, comic_id: str, page: int, pages: int = 24, **columns: Any) -> None:
        """How far a user is in a comic."""
        self.add(
            "reading_progress",
            **{"user_id": user_id, "comic_id": comic_id, "current_page": page}
            | {"total_pages": pages}
            | columns,
        )


def sha256(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


@cache
def bcrypted(password: str) -> str:
    """A cheap one: its cost is in it, and is another's choice."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
