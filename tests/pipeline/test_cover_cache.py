"""Covers are kept to their budget and to their comics, and drawn where they are missing."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

import db.engine
from db import cover_files, soundness
from db.cover_files import cover_file
from db.engine import writing
from db.schema import series
from db.settings import settings
from db.states import ComicState, WorkState
from pipeline import cover_cache, covers, housekeeping
from tests.kills import killed_at
from tests.shelf import Shelf, picture
from tests.trial import wait_for

LONGBOX = [sys.executable, "-c", "from pipeline.cli import main; main()"]
MB = 1 << 20
BUDGET = 16 * MB


@pytest.fixture
def shelf(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("LONGBOX_COVER_CACHE_MB", str(BUDGET // MB))
    settings.cache_clear()
    return Shelf(tmp_path / "comics")


def drawn(shelf: Shelf, number: int, hours_ago: int, size: int = 2 * MB, **columns: object) -> int:
    """A comic with a cover that was looked at so many hours ago; answers its id."""
    comic_id = shelf.add(f"{number}.cbz", **{"thumbnail_state": WorkState.DONE, **columns})
    leave(cover_file(comic_id, 7), hours_ago, size)
    return comic_id


def leave(file: Path, hours_ago: int, size: int = 2 * MB) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.touch()
    os.truncate(file, size)
    seen = time.time() - hours_ago * 3600
    os.utime(file, (seen, seen))
    return file


def there() -> set[int]:
    return {one.comic_id for files in cover_files.by_folder() for one in files if one.is_cover}


def stand_for_series(shelf: Shelf, comic_id: int) -> None:
    with writing() as connection:
        connection.execute(
            update(series).where(series.c.id == shelf.series_id).values(cover_comic_id=comic_id)
        )


def test_covers_within_their_budget_stay(shelf: Shelf) -> None:
    comics = {drawn(shelf, number, hours_ago=number) for number in range(8)}
    assert cover_cache.prune() == cover_cache.Pruned(kept=BUDGET)
    assert there() == comics


def test_beyond_the_budget_those_that_were_looked_at_longest_ago_go(shelf: Shelf) -> None:
    comics = [drawn(shelf, number, hours_ago=100 - number) for number in range(10)]
    pruned = cover_cache.prune()
    assert (pruned.dropped, pruned.freed, pruned.kept) == (3, 6 * MB, 14 * MB)
    assert there() == set(comics[3:])
    states = [shelf.look(comic).thumbnail_state for comic in comics]
    assert states == [WorkState.DROPPED] * 3 + [WorkState.DONE] * 7
    assert cover_cache.prune().dropped == 0


def test_of_covers_of_the_same_hour_no_more_go_than_must(shelf: Shelf) -> None:
    for number in range(10):
        drawn(shelf, number, hours_ago=5)
    assert cover_cache.prune().dropped == 3


def test_covers_of_series_and_of_missing_comics_stay(shelf: Shelf) -> None:
    of_series = drawn(shelf, 0, hours_ago=1000, size=10 * MB)
    missing = drawn(shelf, 1, hours_ago=1000, size=10 * MB, state=ComicState.MISSING)
    other = drawn(shelf, 2, hours_ago=0)
    stand_for_series(shelf, of_series)
    pruned = cover_cache.prune()
    assert there() == {of_series, missing}
    assert (pruned.dropped, pruned.kept, pruned.pinned) == (1, 20 * MB, 20 * MB)
    assert shelf.look(other).thumbnail_state == WorkState.DROPPED


def test_what_no_comic_needs_goes_and_what_may_be_in_the_making_stays(shelf: Shelf) -> None:
    comic = drawn(shelf, 0, hours_ago=0)
    folder = cover_file(comic, 7).parent
    of_nobody = leave(cover_file(4711, 7), 0)
    other_version, half, young = (
        leave(folder / f"{comic}-{name}", 0, size=1) for name in ("6.jpg", "7.part", "8.part")
    )
    assert cover_cache.prune().orphans == 1
    assert not of_nobody.exists()
    later = time.time() + 2 * cover_cache.YOUNG_SECONDS
    subprocess.run(  # they came to their names just now, and no call makes that another moment
        [sys.executable, "-c", LATER],
        env=os.environ | {"LATER": str(later)},
        check=True,
    )
    assert not any(file.exists() for file in (other_version, half, young))
    assert there() == {comic}


LATER = """
import os, time
from pipeline import cover_cache
time.time = lambda: float(os.environ["LATER"])
assert cover_cache.prune().orphans == 3
"""


def test_who_looks_at_a_cover_keeps_it(shelf: Shelf, reader_client: FlaskClient) -> None:
    comics = [drawn(shelf, number, hours_ago=100) for number in range(8)]
    for comic in (comics[0], comics[5]):
        assert reader_client.get(f"/api/cover/{comic}?v=7").status_code == 200
    drawn(shelf, 8, hours_ago=50)
    cover_cache.prune()
    assert {comics[0], comics[5]} < there()


def test_a_dropped_cover_is_asked_for_and_drawn_again(
    shelf: Shelf, reader_client: FlaskClient
) -> None:
    comic = shelf.add("1.cbz", picture(), thumbnail_state=WorkState.DROPPED)
    assert f'data-comic="{comic}"' in reader_client.get(f"/series/{shelf.series_id}").text
    assert reader_client.get(f"/api/covers?ids={comic}").json["pending"] == [comic]
    with covers.keeping():
        covers.make(comic)
    assert there() == {comic}
    assert shelf.look(comic).thumbnail_state == WorkState.DONE


def test_covers_that_somebody_removed_are_asked_for_again(shelf: Shelf) -> None:
    kept, removed = (drawn(shelf, number, hours_ago=0) for number in range(2))
    cover_file(removed, 7).unlink()
    assert cover_cache.note_lost() == 1
    assert shelf.look(removed).thumbnail_state == WorkState.PENDING
    assert shelf.look(kept).thumbnail_state == WorkState.DONE
    assert cover_cache.note_lost() == 0


def test_killed_anywhere_no_comic_says_that_it_has_a_cover_and_has_none(shelf: Shelf) -> None:
    for number in range(10):
        drawn(shelf, number, hours_ago=100 - number)
    for number in itertools.count(1):
        was_killed = killed_at(number, cover_cache.prune, {"os.remove"})
        having = there()
        with db.engine.reading() as connection:
            said = connection.exec_driver_sql(
                "SELECT id FROM comics WHERE thumbnail_state = 'done'"
            ).scalars()
            assert set(said) <= having
        if not was_killed:
            break
    assert len(having) == 7


def test_the_worker_keeps_covers_to_their_budget_by_itself(shelf: Shelf, tmp_path: Path) -> None:
    for number in range(10):
        drawn(shelf, number, hours_ago=100 - number)
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen([*LONGBOX, "worker"], stdout=log, stderr=log)
    try:
        wait_for(lambda: len(there()) == 7, "the covers to be pruned")
        wait_for((settings().run / "library.looked-through").exists, "a look at the database")
    finally:
        worker.terminate()
        worker.wait()


def test_the_database_is_looked_through_once_a_day(shelf: Shelf) -> None:
    housekeeping.look_through()
    assert not soundness.is_noted(settings())
    looked = settings().run / "library.looked-through"
    for hours, again in ((23, False), (25, True)):
        before = time.time() - hours * 3600
        os.utime(looked, (before, before))
        housekeeping.look_through()
        assert (looked.stat().st_mtime > before + 1) is again


# ---- longbox cache


def longbox(*words: str) -> str:
    return subprocess.run(
        [*LONGBOX, *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_filling_draws_what_is_missing_and_says_so(shelf: Shelf) -> None:
    whole = [shelf.add(f"{number}.cbz", picture()) for number in range(3)]
    lost = shelf.add("lost.cbz", picture(), thumbnail_state=WorkState.DONE)
    shelf.add("gone.cbz", state=ComicState.MISSING)
    shelf.add("unread.cbz", index_state=WorkState.PENDING)
    bad = shelf.add("bad.cbz", b"no picture")
    told = longbox("cache", "fill").splitlines()
    assert told == [
        "Drew 4 covers.",
        "1 cover could not be drawn: `longbox errors` has the reasons.",
    ]
    assert there() == {*whole, lost}
    assert all(cover_file(comic, 7).stat().st_mtime == 0 for comic in there())  # first to go
    assert shelf.look(whole[0]).thumbnail_state == WorkState.DONE
    assert shelf.look(bad).thumbnail_state == WorkState.FAILED
    assert longbox("cache", "fill") == "No cover is missing."


def test_filling_ends_where_covers_have_no_room(shelf: Shelf) -> None:
    drawn(shelf, 0, hours_ago=0, size=14 * MB)
    shelf.add("1.cbz", picture())
    assert "no room for 1 more cover: LONGBOX_COVER_CACHE_MB is 16" in longbox("cache", "fill")


def test_pruning_says_what_it_did(shelf: Shelf) -> None:
    leave(cover_file(4711, 7), 0, size=MB)
    for number in range(10):
        drawn(shelf, number, hours_ago=100 - number)
    assert longbox("cache", "prune").splitlines() == [
        "Removed 1 file that no comic needs.",
        "Dropped 3 covers to make room for others.",
        "That freed 7.3 MB.",
        "Covers take 14.7 MB of 16.8 MB.",
    ]
