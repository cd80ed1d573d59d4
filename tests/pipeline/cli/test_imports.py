"""`longbox import vibe`: what comes over of whom, what is kept, and that twice is like once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image
from sqlalchemy import select

import db.engine
from db import cover_files, covers, passwords, users
from db.engine import reading, writing
from db.reading import bookmarks, preferences, progress
from db.reading.entries import Entry, Kind
from db.reading.journal import Cause, Deed
from db.schema import comics, reading_awaited, reading_journal, reading_sessions
from db.times import now
from pipeline import homecoming
from pipeline.cli import main
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.reading_rows import KEPT, count, everything, known_of, rows
from tests.reading_traces import person
from tests.trial import Trial, wait_for
from tests.vibe_file import GENERATIONS, NEWER, OLDER, THEN, THEN_SECONDS, VibeFile, sha256

REAL = Path(__file__).parents[4] / "shared" / "real" / "legacy"
LATER = THEN_SECONDS + 86_400

pytestmark = pytest.mark.usefixtures("data")


def longbox(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="longbox")


def bring(file: VibeFile, *more: str) -> dict[str, Any]:
    """Import a database and answer the report."""
    result = longbox("import", "vibe", file.path, "--json", *more)
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.output)
    return report


def named(name: str) -> users.User:
    with reading() as connection:
        return users.named(connection, name)


class Shelf:
    """Saga in a folder of two comics, there and here; Alice has left traces of every kind."""

    def __init__(self, folder: Path, generation: int = NEWER) -> None:
        self.file = VibeFile(folder / "vibe", generation)
        self.library_id = add_library(path=b"/mnt/comics")
        self.saga = add_series(self.library_id, "Saga", b"Image/Saga")
        self.here = [add_comic(self.saga, f"Saga {number}.cbz", size=number) for number in (1, 2)]
        self.series = [self.file.series(f"Saga {number}") for number in (1, 2)]
        self.there = [
            self.file.comic(f"/comics/Image/Saga/Saga {number}.cbz", self.series[number - 1])
            for number in (1, 2)
        ]
        self.alice = self.file.user("alice")

    def leave_traces(self) -> None:
        file, alice, (first, second) = self.file, self.alice, self.there
        file.read(alice, first, 5, **self.newer(seconds_read=90, reader_display="long"))
        file.read(alice, second, 23, completed=1, **self.newer(reader_display="single"))
        file.add("bookmarks", user_id=alice, comic_id=first, page_number=4, note="the ship")
        file.add("user_preferences", user_id=alice, theme="light", reader_direction="rtl")
        if file.generation == NEWER:
            self._leave_more_traces()

    def _leave_more_traces(self) -> None:
        file, alice, first = self.file, self.alice, self.there[0]
        place = {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}
        for words in ({"note": "look", **place}, {"highlight_text": "pow", "x": 300.0, "y": 4.0}):
            file.add("page_annotations", user_id=alice, comic_id=first, page_number=2, **words)
        for series, stars in zip(self.series, (2, 4), strict=True):
            when = f"2026-03-0{stars} 12:00:00"
            file.add("ratings", user_id=alice, series_id=series, rating=stars, created_at=when)
        list_id = file.add("user_lists", user_id=alice, name="Faves", description="d", is_public=1)
        for position, series in enumerate(self.series):
            file.add("user_list_items", list_id=list_id, series_id=series, position=position)

    def newer(self, **columns: Any) -> dict[str, Any]:
        return columns if self.file.generation == NEWER else {}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.leave_traces()
    return shelf


# ---- what comes over


@GENERATIONS
def test_progress_bookmarks_and_preferences_come_over(tmp_path: Path, generation: int) -> None:
    shelf = Shelf(tmp_path, generation)
    shelf.leave_traces()
    report = bring(shelf.file)
    alice = named("alice")
    first, second = shelf.here
    with reading() as connection:
        read = progress.of_comics(connection, alice.id, shelf.here)
        chosen = preferences.of_user(connection, alice.id)
        (bookmark,) = bookmarks.of_comic(connection, alice.id, first)
    assert (read[first].page, read[first].page_count, read[first].completed) == (5, 24, False)
    assert (read[second].completed, read[second].finished_at) == (True, THEN_SECONDS)
    assert read[first].read_at == THEN_SECONDS
    assert read[first].seconds_read == (90 if generation == NEWER else 0)
    assert (bookmark.page, bookmark.note, bookmark.created_at) == (4, "the ship", THEN_SECONDS)
    assert chosen == {"theme": "light", "direction": "rtl"}
    assert report["rows"]["progress"] == {
        "there": 2,
        "brought": 2,
        "here_already": 0,
        "kept_for_later": 0,
        "left_out": 0,
    }
    assert report["comics"]["found"] == {"path": 2}
    assert report["comics"]["roots"] == [{"old": "/comics", "new": "/mnt/comics"}]


def test_notes_ratings_lists_history_and_the_reader_come_over(shelf: Shelf) -> None:
    bring(shelf.file)
    known = known_of(named("alice").id)
    by_kind: dict[Kind, list[dict[str, Any]]] = {}
    for entry, value in known.items():
        by_kind.setdefault(entry.kind, []).append(value)
    assert {
        (one["text"], one["highlight"], one["page"], one["x"]) for one in by_kind[Kind.NOTE]
    } == {
        ("look", "", 2, 0.1),
        ("", "pow", 2, None),  # a place in a unit that nobody knows is the whole page
    }
    marks = known[Entry(Kind.MARKS, series_id=shelf.saga)]
    assert marks["stars"] == 4  # the later one of those of two files that are one series here
    ((list_,), (item,)) = by_kind[Kind.LIST], by_kind[Kind.LIST_ITEM]
    assert (list_["name"], list_["description"], list_["is_public"]) == ("Faves", "d", True)
    assert item["position"] == 0
    layout = Entry(Kind.READER, series_id=shelf.saga, name="layout")
    assert layout not in known  # the last time it was as everywhere
    sittings = rows(reading_sessions)
    assert {(one.day, one.pages, one.seconds) for one in sittings} == {
        ("2026-03-01", 6, 90),
        ("2026-03-01", 24, 0),
    }


def test_the_reader_is_set_for_a_series_as_it_was_last_set_in_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.file.read(shelf.alice, shelf.there[0], 5, reader_display="single")
    later = {"last_read": "2026-03-02 12:00:00", "reader_display": "long", "reader_zoom": "width"}
    shelf.file.read(shelf.alice, shelf.there[1], 5, **later)
    bring(shelf.file)
    with reading() as connection:
        found = preferences.of_series(connection, named("alice").id, shelf.saga)
    assert found == {"layout": "vertical", "fit": "width"}


def test_filters_are_told_in_per_cent(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.file.add(
        "user_preferences",
        user_id=shelf.alice,
        ereader=1,
        brightness=1.2,
        contrast=9.0,
        invert=1.0,
        tone_value=0.25,
        tone_mode="grayscale",
        auto_advance_interval=20,
    )
    bring(shelf.file)
    with reading() as connection:
        assert preferences.of_user(connection, named("alice").id) == {
            "theme": "contrast",
            "brightness": 120,
            "contrast": 400,
            "saturation": 75,
            "invert": True,
            "auto_advance": 20,
        }


def test_what_everybody_has_at_first_is_nobodys_choice(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.file.add("user_preferences", user_id=shelf.alice)
    assert bring(shelf.file)["rows"]["preferences"]["there"] == 0


# ---- users


def test_users_come_with_their_roles(tmp_path: Path, admin: users.User) -> None:
    file = VibeFile(tmp_path)
    file.user("boss", role="admin")
    file.user("waiting", approved=0)
    file.user("hurried", must_change_password=1)
    report = bring(file)
    assert (named("boss").is_admin, named("waiting").is_admin) == (True, False)
    assert (named("boss").disabled_at, named("waiting").disabled_at is None) == (None, False)
    assert named("boss").created_at == THEN_SECONDS
    notes = {one["name"]: one["note"] for one in report["users"]}
    assert notes["boss"] == ""
    assert "not approved" in notes["waiting"]
    assert "another password at the first sign-in" in notes["hurried"]


def test_a_user_of_that_name_keeps_password_and_role(shelf: Shelf, reader: users.User) -> None:
    shelf.file.run("UPDATE users SET username = 'RITA', role = 'admin'")
    with reading() as connection:
        before = users.password_hash_of(connection, reader.id)
    report = bring(shelf.file)
    assert report["users"][0]["became"] == "merged"
    with reading() as connection:
        assert users.password_hash_of(connection, reader.id) == before
        assert not users.get(connection, reader.id).is_admin
        assert progress.find(connection, reader.id, shelf.here[0]) is not None


def test_users_whose_names_are_taken_or_none_are_left_with_their_data(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name in ("ALICE", "x" * 65):
        user_id = shelf.file.user(name, "one password")
        shelf.file.read(user_id, shelf.there[0], 9)
    report = bring(shelf.file)
    assert [one["became"] for one in report["users"]] == ["added", "left", "left"]
    assert report["rows"]["progress"]["left_out"] == 2
    assert count(reading_journal) == 0


@GENERATIONS
def test_old_hashes_are_nowhere_as_they_were(tmp_path: Path, data: Path, generation: int) -> None:
    file = VibeFile(tmp_path / "vibe", generation)
    file.user("alice", password_hash=sha256("alice-secret1"))  # the newer has them, too
    file.user("böb", password_hash=sha256("böb-secret1").upper())
    bring(file)
    db.engine.close()
    for written in (file for file in data.rglob("*") if file.is_file()):
        content = written.read_bytes().lower()
        for password in ("alice-secret1", "böb-secret1"):
            digest = hashlib.sha256(password.encode())
            assert digest.hexdigest().encode() not in content, written
            assert digest.digest() not in content, written


# ---- what does not come over


def test_false_rows_are_left_out_with_the_reason(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    file, first = shelf.file, shelf.there[0]
    file.read(shelf.alice, first, 0, 0, completed=1)
    file.read(99, first, 7)
    file.read(shelf.alice, hashlib.md5(b"/gone").hexdigest(), 7)  # noqa: S324 - it is theirs
    file.add("page_annotations", user_id=shelf.alice, comic_id=first, page_number=1, note=" ")
    file.add("ratings", user_id=shelf.alice, series_id=77, rating=3)
    file.add("ratings", user_id=shelf.alice, series_id=shelf.series[0], rating=9)
    file.add("user_list_items", list_id=5, series_id=shelf.series[0])
    report = bring(file)
    told = {(one["what"], one["why"]): one["count"] for one in report["left_out"]}
    assert told == {
        ("progress", "“completed” of a comic without pages, which nobody has read"): 1,
        ("progress", "of a user who was deleted there"): 1,
        ("history", "of a user who was deleted there"): 1,
        ("progress", "of a comic of which nothing is left there but its id"): 1,
        ("history", "of a comic of which nothing is left there but its id"): 1,
        ("notes", "a note without words"): 1,
        ("ratings", "of a series without comics"): 1,
        ("ratings", "not from 1 to 5 stars"): 1,
        ("list items", "of a list that was deleted there"): 1,
    }
    assert not any(everything().values())
    output = longbox("import", "vibe", file.path).output
    assert "Left out: 1 of progress: of a user who was deleted there" in output


def test_pages_that_are_not_there_become_the_nearest(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.file.read(shelf.alice, shelf.there[0], 40, 24)
    shelf.file.read(shelf.alice, shelf.there[1], -3, 24)
    bring(shelf.file)
    with reading() as connection:
        read = progress.of_comics(connection, named("alice").id, shelf.here)
    assert [read[one].page for one in shelf.here] == [23, 0]


# ---- again, later, over what is here


def test_twice_is_like_once(shelf: Shelf) -> None:
    bring(shelf.file)
    before, written = everything(), count(reading_journal)
    report = bring(shelf.file)
    assert (everything(), count(reading_journal)) == (before, written)
    assert all(one["brought"] == 0 for one in report["rows"].values())
    assert all(one["here_already"] == one["there"] for one in report["rows"].values())


def test_what_is_newer_here_stays(shelf: Shelf, add_user: Callable[..., users.User]) -> None:
    alice, (first, second) = add_user("alice"), shelf.here
    with writing() as connection:
        deed = person(alice, LATER)
        reports = [progress.Report(first, 20, LATER, page_count=24)]
        progress.report(connection, Deed(alice.id, Cause.READ, at=LATER), reports)
        progress.mark(connection, deed, [second], read=True)
        progress.mark(connection, deed, [second], read=False)
        bookmarks.put(connection, deed, first, 4, "my own words")
        preferences.change(connection, deed, {"theme": "dark"})
    bring(shelf.file)
    with reading() as connection:
        read = progress.of_comics(connection, alice.id, shelf.here)
        assert read[first].page == 20
        assert second not in read  # marked unread since
        assert bookmarks.of_comic(connection, alice.id, first)[0].note == "my own words"
        assert preferences.of_user(connection, alice.id)["theme"] == "dark"


def test_what_somebody_took_away_since_does_not_come_back(shelf: Shelf) -> None:
    bring(shelf.file)
    alice, first = named("alice"), shelf.here[0]
    with writing() as connection:
        bookmarks.remove(connection, Deed(alice.id, Cause.PERSON), first, 4)
    report = bring(shelf.file)
    with reading() as connection:
        assert bookmarks.of_comic(connection, alice.id, first) == []
    assert {"what": "bookmarks", "why": "taken away by its owner here since", "count": 1} in report[
        "left_out"
    ]


def test_what_was_read_on_over_there_comes_with_the_next_import(shelf: Shelf) -> None:
    bring(shelf.file)
    shelf.file.run(
        "UPDATE reading_progress SET current_page = 9, last_read = '2026-03-05 12:00:00' "
        "WHERE current_page = 5"
    )
    assert bring(shelf.file)["rows"]["progress"]["brought"] == 1
    with reading() as connection:
        found = progress.find(connection, named("alice").id, shelf.here[0])
    assert found is not None
    assert (found.page, found.started_at) == (9, THEN_SECONDS)


def test_an_import_is_taken_back_by_a_restore(shelf: Shelf) -> None:
    before = now()
    bring(shelf.file)
    alice = named("alice")
    assert known_of(alice.id)
    moment = datetime.fromtimestamp(before).isoformat()  # noqa: DTZ006 - as a person types it
    assert longbox("restore-reading", "alice", "--to", moment).exit_code == 0
    assert known_of(alice.id) == {}
    assert bring(shelf.file)["rows"]["bookmarks"]["brought"] == 1


def test_a_dry_run_writes_nothing(shelf: Shelf, data: Path) -> None:
    db.engine.close()

    def content() -> dict[str, str]:
        return {
            str(one): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in [*data.rglob("*"), *shelf.file.path.parent.rglob("*")]
            if one.is_file() and not one.name.endswith("-shm")
        }

    before = content()
    report = bring(shelf.file, "--dry-run")
    db.engine.close()
    assert content() == before
    assert report["rows"]["progress"]["brought"] == 2
    with reading() as connection:
        assert users.find(connection, "alice") is None
    done = bring(shelf.file)
    assert done == report | {"dry_run": False}
    again = bring(shelf.file, "--dry-run")
    assert all(one["brought"] == 0 for one in again["rows"].values())


# ---- comics that are not here


def test_what_is_known_of_comics_that_are_not_here_waits_for_them(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    bone = shelf.file.series("Bone")
    there = shelf.file.comic("/comics/Image/Bone/Bone 1.cbz", bone)
    shelf.file.read(shelf.alice, there, 11, reader_display="double")
    shelf.file.add("ratings", user_id=shelf.alice, series_id=bone, rating=5)
    report = bring(shelf.file)
    assert report["rows"]["progress"]["kept_for_later"] == 1
    assert report["comics"]["missing"] == [
        {"path": "/comics/Image/Bone/Bone 1.cbz", "is_ambiguous": False}
    ]
    waiting = count(reading_awaited)
    assert bring(shelf.file)["rows"] == report["rows"]
    assert count(reading_awaited) == waiting == 4
    series = add_series(shelf.library_id, "Bone", b"Image/Bone")
    here = add_comic(series, "Bone 1.cbz")
    homecoming.welcome()
    known, alice = known_of(named("alice").id), named("alice")
    assert count(reading_awaited) == 0
    assert known[Entry(Kind.MARKS, series_id=series)]["stars"] == 5
    assert known[Entry(Kind.READER, series_id=series, name="layout")]["value"] == '"double"'
    with reading() as connection:
        found = progress.find(connection, alice.id, here)
    assert found is not None
    assert found.page == 11
    assert bring(shelf.file)["rows"]["progress"]["here_already"] == 1


def test_a_comic_whose_name_is_not_utf_8_is_told_as_it_can_be(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.file.run("INSERT INTO comics (id, path) VALUES ('x', CAST(X'2F41FF' AS TEXT))")
    assert {"path": "/A\ufffd", "is_ambiguous": False} in bring(shelf.file)["comics"]["missing"]


def test_an_import_before_the_first_scan_is_there_after_it(tmp_path: Path) -> None:
    file = VibeFile(tmp_path / "vibe", OLDER)
    alice = file.user("alice")
    for number in (1, 2):
        file.read(alice, file.comic(f"/comics/Image/Saga/{number}.cbz"), 1)
    file.comic("/comics/Marvel/Thor/1.cbz")
    assert bring(file)["rows"]["progress"]["kept_for_later"] == 2
    trial = Trial(tmp_path / "elsewhere")
    trial.add("Image/Saga/1.cbz", "Image/Saga/2.cbz")
    trial.discover()
    homecoming.welcome()
    with reading() as connection:
        assert len(progress.of_comics(connection, named("alice").id, [1, 2])) == 2


# ---- killed


def test_a_killed_import_that_is_done_again_is_like_one_that_was_not(
    tmp_path: Path, data: Path
) -> None:
    file = VibeFile(tmp_path / "vibe", OLDER)
    saga = add_series(add_library(path=b"/comics"), "Saga", b"Saga")
    many = 400
    with sqlite3.connect(file.path) as there:
        for number in range(many):
            if number < 3:
                add_comic(saga, f"{number}.cbz")
            path = f"/comics/Saga/{number}.cbz"
            comic_id = hashlib.md5(path.encode()).hexdigest()  # noqa: S324 - it is theirs
            there.execute("INSERT INTO comics (id, path) VALUES (?, ?)", (comic_id, path))
            there.executemany(
                "INSERT INTO reading_progress (user_id, comic_id, current_page, total_pages, "
                "last_read) VALUES (?, ?, 5, 24, ?)",
                [(user_id, comic_id, THEN) for user_id in (1, 2, 3)],
            )
    there.close()
    for name in ("alice", "böb", "carol"):
        file.user(name)
    db.engine.close()
    killed = shutil.copytree(data, tmp_path / "killed")
    bring(file)
    command = [sys.executable, "-c", "from pipeline.cli import main; main()"]
    command += ["import", "vibe", str(file.path)]
    environment = os.environ | {"LONGBOX_DATA": str(killed)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        wait_for(lambda: told(killed)["reading_awaited"], "the first transaction")
        process.send_signal(signal.SIGKILL)
    assert 0 < len(told(killed)["reading_awaited"]) < 6 * (many - 3)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert told(killed) == told(data)


def told(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All reading data, without when it was brought."""
    with sqlite3.connect(data / "library.db") as connection:
        found = {
            table.name: sorted(connection.execute(f"SELECT * FROM {table.name}"), key=repr)
            for table in KEPT
        }
        columns = "user_id, kind, library, path, name, value"
        for name in ("reading_awaited", "reading_journal"):
            of = columns if name == "reading_awaited" else "user_id, kind, path, name, after"
            found[name] = sorted(connection.execute(f"SELECT {of} FROM {name}"), key=repr)
    connection.close()
    return found


# ---- covers


def test_covers_are_taken_over_where_there_are_none(shelf: Shelf) -> None:
    cache = shelf.file.path.parent / "cache"
    shelf.file.run("UPDATE comics SET has_thumbnail = 1")
    broken = shelf.file.comic("/comics/Image/Saga/Saga 3.cbz", processed=1)
    small = shelf.file.comic("/comics/Image/Saga/Saga 4.cbz", has_thumbnail=1)
    here = [*shelf.here, *(add_comic(shelf.saga, f"Saga {number}.cbz") for number in (3, 4))]
    for comic_id in (*shelf.there, broken):
        draw(cache / comic_id[0] / f"{comic_id}.webp", (225, 346))
    os.truncate(cache / broken[0] / f"{broken}.webp", 300)
    draw(cache / f"{small}.jpg", (90, 120))
    there_already = cover_files.cover_file(here[1], 7)
    there_already.parent.mkdir(parents=True)
    there_already.write_bytes(b"ours")
    assert bring(shelf.file, "--dry-run")["covers"] == {"taken": 3, "drawn": 1}
    assert bring(shelf.file)["covers"] == {"taken": 1, "drawn": 1, "unfit": 2}
    assert there_already.read_bytes() == b"ours"
    with Image.open(cover_files.cover_file(here[0], 7)) as cover:
        assert (cover.format, cover.size) == ("JPEG", (225, 346))
    with reading() as connection:
        states = connection.execute(select(comics.c.thumbnail_state).order_by(comics.c.id))
        assert [row.thumbnail_state for row in states] == ["done", "pending", "pending", "pending"]
        assert covers.undrawn_first_pages(connection, here[:1]) == []
    assert bring(shelf.file)["covers"] == {"drawn": 2, "unfit": 2}


def draw(path: Path, size: tuple[int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.effect_noise(size, 64).convert("RGB").save(path)


# ---- words


def test_the_report_is_a_table(shelf: Shelf) -> None:
    output = " ".join(longbox("import", "vibe", shelf.file.path).output.split())
    for words in (
        "alice reader a user here",
        "progress 2 2 0 0 0",
        "Comics: 2 of 2 are here: 2 by path.",
        "/comics there is /mnt/comics here, as it seems.",
    ):
        assert words in output, output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.db",), "There is no file nothing.db."),
        (("nothing.db", "--map", "/comics"), "/comics is not OLD=NEW"),
        (("nothing.db", "--map", "/comics=comics"), "NEW begins with a slash"),
        (("nothing.db", "--covers", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(words: tuple[str, ...], said: str) -> None:
    result = longbox("import", "vibe", *words)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


# ---- the real ones


@pytest.mark.parametrize(
    ("name", "rows_there"),
    [
        ("vibe-old.db", {"progress": 16, "bookmarks": 2, "preferences": 4}),
        (
            "vibe-head.db",
            {"progress": 16, "bookmarks": 2, "notes": 2, "ratings": 2, "lists": 2}
            | {"list items": 2, "preferences": 4, "reader settings": 4},
        ),
    ],
)
@pytest.mark.skipif(not REAL.is_dir(), reason="the real databases are not here")
def test_real_databases_come_over_whole(
    tmp_path: Path, name: str, rows_there: dict[str, int]
) -> None:
    trial = Trial(tmp_path / "comics")
    there = sqlite3.connect(f"file:{REAL / name}?immutable=1", uri=True)
    for (path,) in there.execute("SELECT path FROM comics"):
        file = trial.root / path.removeprefix("/comics/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a comic")
    there.close()
    trial.discover()
    result = longbox("import", "vibe", REAL / name, "--json", "--map", f"/comics={trial.root}")
    report = json.loads(result.output)
    assert report["comics"]["found"] == {"path": 600}
    assert report["left_out"] == []
    wanted = rows_there | {"history": rows_there["progress"]}
    brought = {what: figures["brought"] for what, figures in report["rows"].items()}
    assert {what: many for what, many in brought.items() if many} == wanted
    assert [one["is_admin"] for one in report["users"]] == [True, False, False]
    read = trial.comic("Boom/Atlas Comet 0002 (2008)/Atlas Comet 0002 008 (2008).cbz")
    with reading() as connection:
        password_hash = users.password_hash_of(connection, named("böb").id)
        found = progress.find(connection, named("BÖB").id, read.id)
    assert found is not None
    assert (found.page, found.completed) == (21, True)
    assert passwords.matches(password_hash, "böb-secret1")
