"""What the machine itself takes: the barest script for each piece of the work.

Every function does the part that cannot be left out and nothing else: no checks, no resuming, no
errors told. Longbox's figures are read as multiples of these, measured in the same run.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import sqlite3
import struct
import time
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

BATCH = 2000
PROCESSES = 2
ROLES = ("Writer", "Penciller", "Inker", "Colorist", "Letterer", "CoverArtist", "Editor")
TAGS = ("Genre", "Characters", "StoryArc")

_ENTRY = struct.Struct("<4s4B4HL2L5H2L").unpack_from
_END = struct.Struct("<HLL").unpack_from


class File(NamedTuple):
    """One file as a walk finds it."""

    folder: bytes
    name: bytes
    size: int
    mtime_ns: int


def walk(root: bytes) -> list[File]:
    """List every file below a folder, with its size and time."""
    found, folders = [], [root]
    while folders:
        folder = folders.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    stat = entry.stat()
                    found.append(File(folder, entry.name, stat.st_size, stat.st_mtime_ns))
    return found


def insert(database: Path, files: Sequence[File]) -> None:
    """Write a row for each file into a new SQLite database."""
    connection = _open(database)
    connection.executescript(
        "CREATE TABLE comics (id INTEGER PRIMARY KEY, folder BLOB, name BLOB, size INT, mtime INT,"
        " title TEXT, number TEXT, summary TEXT, day TEXT, publisher INT, pages INT, age TEXT);"
        "CREATE UNIQUE INDEX ix_comics ON comics (folder, name);"
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
        "CREATE TABLE credits (comic INT, role TEXT, person INT, PRIMARY KEY (comic, role, person))"
        " WITHOUT ROWID;"
        "CREATE TABLE comic_tags (comic INT, tag INT, PRIMARY KEY (comic, tag)) WITHOUT ROWID;"
        "CREATE VIRTUAL TABLE search USING fts5 (title, series, people, tokenize = 'unicode61');"
    )
    rows = sorted(files)
    for start in range(0, len(rows), BATCH):
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO comics (folder, name, size, mtime) VALUES (?, ?, ?, ?)",
                rows[start : start + BATCH],
            )
    connection.close()


def metadata(path: bytes) -> tuple[int, ET.Element]:
    """How many entries an archive has, and its ComicInfo.xml: two reads and a parse."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 8192, max(0, size - 8192))
        count, length, offset = _END(tail, tail.rfind(b"PK\5\6") + 10)
        directory = os.pread(descriptor, length, offset)
        position = 0
        for _ in range(count):
            entry = _ENTRY(directory, position)
            if directory[position + 46 : position + 46 + entry[12]] == b"ComicInfo.xml":
                data = os.pread(descriptor, entry[10] + 512, entry[18])
            position += 46 + entry[12] + entry[13] + entry[14]
    finally:
        os.close(descriptor)
    name, extra = struct.unpack_from("<HH", data, 26)
    text = zlib.decompressobj(-15).decompress(data[30 + name + extra :])
    return count, ET.fromstring(text)  # noqa: S314 - a floor does not defend itself


def read_all(paths: Sequence[bytes]) -> None:
    """Read directory and metadata of every archive, in two processes."""
    _in_processes(_read, paths)


def _read(paths: Sequence[bytes]) -> None:
    for path in paths:
        metadata(path)


def index_all(database: Path) -> None:
    """Read every archive that `insert` wrote a row for; write its details, credits, full text."""
    connection = _open(database)
    comics = connection.execute("SELECT id, folder, name FROM comics ORDER BY id").fetchall()
    connection.close()
    _in_processes(_Index(database), comics)


class _Index:
    """One of the processes that index; it looks every name up once."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.ids: dict[tuple[str, str], int] = {}

    def __call__(self, comics: Sequence[tuple[int, bytes, bytes]]) -> None:
        connection = _open(self.database)
        for start in range(0, len(comics), BATCH // 4):
            batch = [
                (comic, metadata(os.path.join(folder, name)))
                for comic, folder, name in comics[start : start + BATCH // 4]
            ]
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                self._write(connection, batch)
        connection.close()

    def _write(
        self, connection: sqlite3.Connection, batch: Sequence[tuple[int, tuple[int, ET.Element]]]
    ) -> None:
        rows, roles, tags, words = [], [], [], []
        for comic, (entries, info) in batch:
            field = {child.tag: child.text or "" for child in info}
            people = {(role, person) for role in ROLES for person in field[role].split(", ")}
            roles += [(comic, role, self._id(connection, "people", who)) for role, who in people]
            tagged = {tag for kind in TAGS for tag in field[kind].split(", ")}
            tags += [(comic, self._id(connection, "tags", tag)) for tag in tagged]
            publisher = self._id(connection, "tags", field["Publisher"])
            day = f"{field['Year']}-{field['Month']:0>2}-{field['Day']:0>2}"
            details = (field["Title"], field["Number"], field["Summary"], day)
            rows.append((*details, publisher, entries - 1, field["AgeRating"], comic))
            names = " ".join(who for _, who in people)
            words.append((comic, field["Title"], field["Series"], names))
        connection.executemany(
            "UPDATE comics SET title = ?, number = ?, summary = ?, day = ?, publisher = ?,"
            " pages = ?, age = ? WHERE id = ?",
            rows,
        )
        connection.executemany("INSERT INTO credits VALUES (?, ?, ?)", roles)
        connection.executemany("INSERT INTO comic_tags VALUES (?, ?)", tags)
        connection.executemany(
            "INSERT INTO search (rowid, title, series, people) VALUES (?, ?, ?, ?)", words
        )

    def _id(self, connection: sqlite3.Connection, table: str, name: str) -> int:
        if (known := self.ids.get((table, name))) is not None:
            return known
        connection.execute(f"INSERT OR IGNORE INTO {table} (name) VALUES (?)", (name,))
        (found,) = connection.execute(f"SELECT id FROM {table} WHERE name = ?", (name,)).fetchone()
        self.ids[table, name] = found
        return int(found)


def compare(database: Path, files: Sequence[File]) -> int:
    """How many files of a walk differ from the rows: a rescan's least work."""
    connection = _open(database)
    rows = connection.execute("SELECT folder, name, size, mtime FROM comics")
    known = {(folder, name): (size, mtime) for folder, name, size, mtime in rows}
    connection.close()
    return sum(known.get((file.folder, file.name)) != (file.size, file.mtime_ns) for file in files)


def cover(picture: bytes) -> bytes:
    """Make a cover of 300x450 at most from a JPEG."""
    image = Image.open(io.BytesIO(picture))
    image.draft("RGB", (300, 450))
    image.thumbnail((300, 450))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def first_page(path: Path) -> bytes:
    """The bytes of an archive's first page."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def make_covers(paths: Sequence[Path]) -> None:
    """Make the covers of archives, in two processes, and keep none."""
    _in_processes(_make_covers, paths)


def _make_covers(paths: Sequence[Path]) -> None:
    for path in paths:
        cover(first_page(path))


def cpu_seconds(work: Callable[[], Any]) -> float:
    """How much CPU time something takes, here and in the processes that it starts and ends."""
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes on the clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _open(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _in_processes(work: Callable[[Sequence[Any]], None], items: Sequence[Any]) -> None:
    """Give each process a contiguous share of the items."""
    share = len(items) // PROCESSES + 1
    processes = [
        multiprocessing.Process(target=work, args=(items[start : start + share],))
        for start in range(0, len(items), share)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            raise RuntimeError("A process of a floor failed; its reason stands above.")
