"""The trash and purging: what is chosen is forgotten with all that hangs on it, nothing else."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, insert, select, text, update

from db import cover_files, purges, trash, users
from db.engine import reading, writing
from db.schema import (
    comic_credits,
    comic_tags,
    comics,
    folders,
    job_errors,
    reading_progress,
    scan_jobs,
    series,
)
from db.settings import settings
from db.states import ComicState, JobStatus, Phase
from db.times import now
from db.trash import Choice
from pipeline import cover_cache, housekeeping
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_errors, add_job, change_job

pytestmark = pytest.mark.usefixtures("data")

DAY = purges.DAY


def missing(days: float = 1) -> dict[str, Any]:
    return {"state": ComicState.MISSING, "missing_since": now() - days * DAY}


def ids(what: Table) -> set[int]:
    with reading() as connection:
        return set(connection.execute(select(what.c.id)).scalars())


def count(what: Table) -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()


def ask(choice: Choice) -> purges.Purge:
    with writing() as connection:
        return purges.get(connection, purges.ask(connection, choice, "Ada"))


def fulfil() -> None:
    housekeeping.fulfil_wishes(threading.Event())


def look(purge: purges.Purge) -> purges.Purge:
    with reading() as connection:
        return purges.get(connection, purge.id)


def reads(user: users.User, comic_id: int) -> None:
    with writing() as connection:
        connection.execute(
            insert(reading_progress).values(
                user_id=user.id, comic_id=comic_id, page=3, read_at=1, started_at=1, changed_at=1
            )
        )


# ---- what is in the trash


def test_the_trash_lists_what_is_missing_by_series_page_after_page() -> None:
    library = add_library()
    names = [f"Series {number}" for number in range(5)]
    for name in reversed(names):
        its = add_series(library, name)
        add_comic(its, "here.cbz")
        add_comic(its, "1.cbz", size=10, **missing(3))
        add_comic(its, "2.cbz", size=5, **missing(1))
    add_comic(add_series(library, "All there"), "1.cbz")
    seen: list[trash.TrashedSeries] = []
    cursor = None
    with reading() as connection:
        assert trash.amount(connection, Choice()) == trash.Amount(10, 5, 75)
        while True:
            page = trash.series_page(connection, Choice(), limit=2, cursor=cursor)
            seen += page.items
            cursor = page.next
            if cursor is None:
                break
    assert [one.name for one in seen] == names
    assert {(one.comics, one.size, one.library) for one in seen} == {(2, 15, "Comics")}
    assert all(now() - 4 * DAY < one.since < now() - 2 * DAY for one in seen)


@pytest.mark.parametrize(
    ("choice", "files"),
    [
        ({"library_id": 2}, {"c.cbz"}),
        ({"path": "DC/*"}, {"a.cbz"}),
        ({"path": "*/a.cbz"}, {"a.cbz"}),
        ({"path": "*/[!a].cbz"}, {"b.cbz", "c.cbz"}),
        ({"path": "a.cbz"}, set()),
        ({"series_ids": (1,)}, {"a.cbz", "b.cbz"}),
        ({"gone_before": 7.0}, {"b.cbz"}),
        ({"path": "*.cbz", "library_id": 1, "gone_before": 7.0}, {"b.cbz"}),
        ({}, {"a.cbz", "b.cbz", "c.cbz"}),
    ],
)
def test_a_choice_is_what_fits_all_that_is_given(choice: dict[str, Any], files: set[str]) -> None:
    saga = add_series(add_library(), "Saga", folder=b"DC/Saga")
    add_comic(saga, "a.cbz", **missing(1))
    other = add_series(1, "Saga", folder=b"Image/Saga")
    moved = add_comic(other, "b.cbz", **missing(9))
    with writing() as connection:
        connection.execute(update(comics).where(comics.c.id == moved).values(series_id=saga))
    add_comic(add_series(add_library("Manga"), "Akira"), "c.cbz", **missing(1))
    if "gone_before" in choice:
        choice["gone_before"] = now() - choice["gone_before"] * DAY
    with reading() as connection:
        found = trash.comics_page(connection, Choice(**choice), limit=10).items
        assert {one.path.rpartition("/")[2] for one in found} == files
        assert trash.amount(connection, Choice(**choice)).comics == len(files)
    assert Choice.from_json(Choice(**choice).to_json()) == Choice(**choice)


# ---- purging


def test_what_is_purged_is_gone_with_all_that_hung_on_it_and_nothing_else_is() -> None:
    library = add_library()
    gone = add_series(library, "Gone", folder=b"Image/Gone")
    by, tagged = (("writer", "Ann"),), (("genre", "Crime", None),)
    lost = add_comic(gone, "1.cbz", by=by, tagged=tagged, **missing())
    stays = add_comic(add_series(library, "Stays", folder=b"Stays"), "1.cbz")
    job = add_job(library, status=JobStatus.COMPLETED, phase=Phase.THUMBNAIL)
    add_errors(job, library, [b"Image/Gone/1.cbz"])
    with writing() as connection:
        connection.execute(update(job_errors).values(comic_id=lost))
        connection.execute(insert(folders).values(library_id=library, path=b"Image", mtime_ns=7))
        connection.execute(insert(folders).values(library_id=library, path=b"", mtime_ns=7))
    for comic in (lost, stays):
        file = cover_files.cover_file(comic, 7)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a cover")
        file.with_suffix(".failed").write_bytes(b"{}")
    wish = ask(Choice(comic_ids=(lost, stays)))
    assert wish.total == 1
    fulfil()
    assert ids(comics) == {stays}
    for what in (comic_credits, comic_tags, job_errors):
        assert count(what) == 0
    with reading() as connection:
        assert set(connection.execute(select(series.c.name)).scalars()) == {"Stays"}
        rows = connection.execute(select(folders.c.path, folders.c.mtime_ns))
        paths = {row.path: row.mtime_ns for row in rows}
        assert set(paths) == {b"", b"Stays"}
        assert paths[b""] is None  # listed again: the folder may be there, only empty
        assert connection.execute(select(scan_jobs.c.errors_count)).scalar_one() == 0
        for index in ("comic_search", "series_search"):
            assert connection.execute(text(f"SELECT count(*) FROM {index}")).scalar_one() == 1
    assert {file.name for file in settings().covers.rglob("*.*")} == {
        f"{stays}-7.jpg",
        f"{stays}-7.failed",
    }
    assert (look(wish).purged, look(wish).completed_at is not None) == (1, True)


def test_a_series_that_is_left_with_comics_keeps_a_cover_of_its_own() -> None:
    saga = add_series(add_library(), "Saga")
    first = add_comic(saga, "1.cbz", **missing(9))
    second = add_comic(saga, "2.cbz", **missing(1))
    with writing() as connection:
        connection.execute(update(series).values(cover_comic_id=first))
    ask(Choice(comic_ids=(first,)))
    fulfil()
    with reading() as connection:
        assert connection.execute(select(series.c.cover_comic_id)).scalar_one() == second


def test_a_comic_that_is_back_before_its_turn_stays() -> None:
    comic = add_comic(add_series(add_library(), "Saga"), "1.cbz", **missing())
    wish = ask(Choice())
    with writing() as connection:
        back = {"state": ComicState.PRESENT, "missing_since": None}
        connection.execute(update(comics).values(back))
    fulfil()
    assert ids(comics) == {comic}
    assert (look(wish).purged, look(wish).completed_at is not None) == (0, True)


def test_what_goes_missing_after_the_wish_is_not_meant_by_it() -> None:
    saga = add_series(add_library(), "Saga")
    add_comic(saga, "1.cbz", **missing())
    ask(Choice())
    later = add_comic(saga, "2.cbz", **missing(-1))
    fulfil()
    assert ids(comics) == {later}


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.HELD])
@pytest.mark.parametrize("phase", [Phase.DISCOVER, Phase.INDEX])
def test_comics_wait_while_a_scan_looks_for_them_and_others_do_not(
    phase: Phase, status: JobStatus
) -> None:
    library = add_library()
    comic = add_comic(add_series(library, "Saga"), "1.cbz", **missing())
    add_comic(add_series(add_library("Manga"), "Akira"), "1.cbz", **missing())
    job = add_job(library, phase=phase, status=status)
    wish = ask(Choice())
    fulfil()
    assert ids(comics) == {comic}
    assert look(wish).completed_at is None
    change_job(job, phase=Phase.THUMBNAIL)
    fulfil()
    assert ids(comics) == set()
    assert look(wish).completed_at is not None


def test_what_is_many_is_purged_in_parts_and_goes_on_after_a_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(purges, "BATCH", 2)
    saga = add_series(add_library(), "Saga")
    for number in range(5):
        add_comic(saga, f"{number}.cbz", **missing())
    wish = ask(Choice())
    with writing() as connection:
        assert purges.purge_some(connection, wish, purges.START) is not None
    assert (len(ids(comics)), look(wish).purged) == (3, 2)
    fulfil()
    assert (len(ids(comics)), look(wish).purged) == (0, 5)


def test_a_wish_for_nothing_is_refused() -> None:
    add_comic(add_series(add_library(), "Saga"), "1.cbz")
    with pytest.raises(purges.NothingChosen), writing() as connection:
        purges.ask(connection, Choice(), "Ada")
    with pytest.raises(purges.NoSuchPurge), reading() as connection:
        purges.get(connection, 4711)


# ---- reading data


@pytest.fixture
def read_and_unread(admin: users.User, reader: users.User) -> tuple[int, int]:
    """Two missing comics of one series, the first of which two people have begun."""
    saga = add_series(add_library(), "Saga")
    both = (
        add_comic(saga, "1.cbz", size=30, **missing(40)),
        add_comic(saga, "2.cbz", size=5, **missing(40)),
    )
    for user in (admin, reader):
        reads(user, both[0])
    return both


def test_what_would_be_lost_is_told_with_whose_reading_data(
    read_and_unread: tuple[int, int],
) -> None:
    with reading() as connection:
        whole = purges.preview(connection, Choice(even_if_read=True))
        spared = purges.preview(connection, Choice())
        assert purges.read_in_series(connection, [1]) == {1: 1}
    assert whole == purges.Preview(comics=2, series=1, size=35, people=2, kept=0)
    assert spared == purges.Preview(comics=1, series=1, size=5, people=0, kept=1)


def test_what_somebody_has_read_is_purged_only_when_that_is_said(
    read_and_unread: tuple[int, int],
) -> None:
    ask(Choice())
    fulfil()
    assert ids(comics) == {read_and_unread[0]}
    ask(Choice(even_if_read=True))
    fulfil()
    assert ids(comics) == set()
    assert count(reading_progress) == 0


# ---- by age


def test_nothing_is_purged_by_its_age_unless_a_person_has_set_one(
    read_and_unread: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, left in (("", 2), ("41", 2), ("30", 1), ("30", 1)):
        monkeypatch.setenv("LONGBOX_PURGE_AFTER_DAYS", days)
        settings.cache_clear()
        housekeeping.purge_by_age()
        fulfil()
        assert len(ids(comics)) == left
    assert ids(comics) == {read_and_unread[0]}
    with reading() as connection:  # the second look found nothing to wish
        assert connection.execute(text("SELECT count(*) FROM purges")).scalar_one() == 1


# ---- covers


def test_covers_of_comics_that_are_gone_are_pruned_and_no_others(data: Path) -> None:
    comic = add_comic(add_series(add_library(), "Saga"), "1.cbz")
    for comic_id in (comic, 4711):
        file = cover_files.cover_file(comic_id, 7)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (settings().covers / "11" / "notes.txt").touch()
    cover_cache.prune()
    assert {file.name for file in settings().covers.rglob("*.*")} == {f"{comic}-7.jpg", "notes.txt"}
