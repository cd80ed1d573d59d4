"""`longbox trash` and `longbox purge`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert, select

from db import purges, users
from db.engine import reading, writing
from db.schema import comics, reading_progress
from db.states import ComicState, Phase
from db.times import now
from pipeline.cli import main
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def missing(days: float) -> dict[str, Any]:
    return {"state": ComicState.MISSING, "missing_since": now() - days * purges.DAY}


def left() -> set[str]:
    with reading() as connection:
        return {name.decode() for name in connection.execute(select(comics.c.file_name)).scalars()}


@pytest.fixture
def trash(data: object) -> int:
    """Three missing comics in two libraries; answers the id of the one missing longest."""
    saga = add_series(add_library(), "Saga", folder=b"Image/Saga")
    add_comic(saga, "here.cbz")
    add_comic(saga, "1.cbz", **missing(1))
    akira = add_series(add_library("Manga"), "Akira", folder=b"Akira")
    add_comic(akira, "2.cbz", **missing(1))
    return add_comic(akira, "3.cbz", **missing(40))


def test_the_trash_is_told_by_series_or_as_json(trash: int) -> None:
    told = longbox("trash").output
    assert "3 comics in 2 series, 90.0 MB" in told
    assert "Akira" in told
    [listed] = json.loads(longbox("trash", "Manga", "--missing-for", "30", "--json").output)
    assert (listed["id"], listed["path"], listed["pages"]) == (trash, "Akira/3.cbz", 24)


def test_an_empty_trash_is_told(data: object) -> None:
    assert longbox("trash").output == "The trash is empty.\n"
    assert longbox("trash", "Nix").exit_code == 1


def test_without_yes_a_purge_only_says_what_it_would_do(trash: int) -> None:
    told = longbox("purge", "Manga").output
    assert "This would forget 2 comics in 1 series, 60.0 MB. --yes does it." in told
    assert len(left()) == 4


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        (("Manga",), {"here.cbz", "1.cbz"}),
        (("--path", "Image/*"), {"here.cbz", "2.cbz", "3.cbz"}),
        (("--missing-for", "30"), {"here.cbz", "1.cbz", "2.cbz"}),
        (("--all",), {"here.cbz"}),
    ],
)
def test_what_is_chosen_is_purged_without_a_worker(
    trash: int, words: tuple[str, ...], stays: set[str]
) -> None:
    result = longbox("purge", *words, "--yes")
    assert result.exit_code == 0
    assert "forgotten" in result.output
    assert left() == stays


def test_a_purge_of_nothing_in_particular_is_refused(trash: int) -> None:
    result = longbox("purge", "--yes")
    assert (result.exit_code, "Say which comics" in result.stderr) == (2, True)
    assert "No comic in the trash is like that." in longbox("purge", "--path", "x", "--yes").output
    assert len(left()) == 4


def test_what_somebody_has_read_stays_unless_that_is_said(trash: int, reader: users.User) -> None:
    with writing() as connection:
        connection.execute(
            insert(reading_progress).values(
                user_id=reader.id, comic_id=trash, page=3, read_at=1, started_at=1, changed_at=1
            )
        )
    told = longbox("purge", "Manga", "--yes").output
    assert "1 comic is forgotten." in told
    assert "1 comic has reading data" in told
    assert left() == {"here.cbz", "1.cbz", "3.cbz"}
    told = longbox("purge", "Manga", "--with-reading-data").output
    assert "the reading data of 1 person" in told
    longbox("purge", "Manga", "--with-reading-data", "--yes")
    assert left() == {"here.cbz", "1.cbz"}


def test_what_a_scan_is_looking_at_is_left_to_the_worker(trash: int) -> None:
    add_job(1, phase=Phase.DISCOVER)
    told = longbox("purge", "--all", "--yes").output
    assert "2 comics are forgotten." in told
    assert "The worker forgets them when it is through." in told
    assert left() == {"here.cbz", "1.cbz"}
