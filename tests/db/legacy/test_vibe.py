"""Reading a Vibe CBR Reader's database: both generations, in use or not, and what is none."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.legacy import snapshot, vibe
from db.legacy.snapshot import Unusable
from tests.vibe_file import GENERATIONS, NEWER, OLDER, THEN_SECONDS, VibeFile


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@contextmanager
def in_use(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """The server itself at its database, with a row committed that is in a journal still."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("PRAGMA cache_size = 1")  # what is not committed reaches the file, too
    connection.execute("INSERT INTO series (name) VALUES ('committed')")
    try:
        yield connection
    finally:
        connection.close()


@GENERATIONS
def test_what_a_generation_knows_is_read(tmp_path: Path, generation: int) -> None:
    file = VibeFile(tmp_path, generation)
    user_id = file.user("böb", role="admin")
    comic_id = file.comic("/comics/Saga/Saga 001.cbz", file.series("Saga"), processed=1)
    file.read(user_id, comic_id, 3, completed=1)
    file.add("bookmarks", user_id=user_id, comic_id=comic_id, page_number=4, note="here")
    found = vibe.read(file.path)
    (user,), (comic,), (read,), (bookmark,) = (
        found.users,
        found.comics,
        found.progress,
        found.bookmarks,
    )
    assert (user.name, user.is_admin, user.is_approved, user.created_at) == (
        "böb",
        True,
        True,
        THEN_SECONDS,
    )
    assert (comic.path, comic.has_thumbnail, comic.size) == (
        "/comics/Saga/Saga 001.cbz",
        True,
        None,
    )
    assert (read.page, read.page_count, read.completed, read.read_at, read.seconds) == (
        3,
        24,
        True,
        THEN_SECONDS,
        0,
    )
    assert (bookmark.page, bookmark.note) == (4, "here")


def test_a_database_between_the_generations_is_read_for_what_it_has(tmp_path: Path) -> None:
    file = VibeFile(tmp_path, OLDER)
    file.run(
        "CREATE TABLE ratings (id INTEGER PRIMARY KEY, user_id, series_id, rating);"
        "INSERT INTO ratings (user_id, series_id, rating) VALUES (1, 2, 5);"
        "PRAGMA user_version = 3"
    )
    found = vibe.read(file.path)
    assert [(one.stars, one.rated_at) for one in found.ratings] == [(5, None)]
    assert (found.generation, found.lists) == (3, ())


def test_moments_that_are_none_or_have_yet_to_come_are_not_known() -> None:
    assert vibe.moment("2026-03-01 12:00:00") == THEN_SECONDS
    assert vibe.moment("2026-03-01T13:00:00+01:00") == THEN_SECONDS
    for nonsense in (None, "", "yesterday", "9999-01-01 00:00:00", 5):
        assert vibe.moment(nonsense) is None


def test_paths_of_windows_have_slashes(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    file.comic("C:/comics\\Saga\\Saga 001.cbz")
    assert [one.path for one in vibe.read(file.path).comics] == ["C:/comics/Saga/Saga 001.cbz"]


def test_a_text_that_is_not_utf_8_is_shown_as_far_as_it_can_be(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    file.run(
        "INSERT INTO bookmarks (user_id, page_number, note) VALUES (1, 1, CAST(X'41FF' AS TEXT))"
    )
    assert vibe.read(file.path).bookmarks[0].note == "A\ufffd"


@GENERATIONS
def test_reading_leaves_no_trace(tmp_path: Path, generation: int) -> None:
    file = VibeFile(tmp_path, generation)
    before, stamp = content(tmp_path), file.path.stat()
    tmp_path.chmod(0o500)
    vibe.read(file.path)
    tmp_path.chmod(0o700)
    assert content(tmp_path) == before
    assert file.path.stat().st_mtime_ns == stamp.st_mtime_ns


@pytest.mark.parametrize("mode", ["WAL", "PERSIST", "DELETE"])
def test_a_database_in_use_is_read_as_it_was_last_committed(tmp_path: Path, mode: str) -> None:
    file = VibeFile(tmp_path)
    with in_use(file.path, mode) as server:
        server.execute("BEGIN EXCLUSIVE")
        server.executemany(
            "INSERT INTO bookmarks (user_id, page_number, note) VALUES (1, 1, ?)",
            [("never committed" * 50,)] * 500,
        )
        before = content(tmp_path)
        found = vibe.read(file.path)
        assert content(tmp_path) == before
        with sqlite3.connect(f"file:{file.path}?mode=ro", uri=True) as other:
            assert mode == "WAL" or is_locked(other)
        other.close()
    assert found.bookmarks == ()
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("longbox-")]


def is_locked(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("SELECT * FROM users").fetchall()
    except sqlite3.OperationalError:
        return True
    return False


def test_rows_that_stand_in_the_log_alone_are_read(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    with in_use(file.path, "WAL") as server:
        server.execute("INSERT INTO users (username, password_hash) VALUES ('late', 'x')")
        assert [one.name for one in vibe.read(file.path).users] == ["late"]


def no_file(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_text(path: Path) -> None:
    path.write_text("no database at all")


def foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE users (id, name, password_hash)")
    connection.close()


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {NEWER + 1}")
    connection.close()


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_file, "There is no file"),
        (a_folder, "is a folder"),
        (empty, "is empty"),
        (a_text, "is no SQLite database"),
        (foreign, "none of a Vibe CBR Reader: it has no table users with id, password_hash"),
        (newer, "of a newer Vibe CBR Reader"),
        (cut_off, "is damaged"),
        (overwritten, "is damaged"),
    ],
)
def test_a_file_that_cannot_be_brought_is_refused_in_a_sentence(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    file = VibeFile(tmp_path)
    for number in range(200):
        file.user(f"user {number}", "one password")
    spoil(file.path)
    with pytest.raises(Unusable, match=words):
        vibe.read(file.path)


def test_a_database_that_is_copied_while_it_is_written_is_read_again(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    torn = tmp_path / "torn"
    torn.mkdir()
    shutil.copy(file.path, torn / "comics.db")
    seen: list[int] = []

    def look(connection: sqlite3.Connection) -> int:
        seen.append(connection.execute("SELECT count(*) FROM series").fetchone()[0])
        if len(seen) == 1:
            with sqlite3.connect(torn / "comics.db") as server:
                server.execute("INSERT INTO series (name) VALUES ('meanwhile')")
            server.close()
        return seen[-1]

    assert snapshot.read(torn / "comics.db", look) == 1
    assert seen == [0, 1]
