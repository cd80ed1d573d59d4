"""`longbox journal` and `longbox restore-reading`, as an admin at a terminal meets them."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from click.testing import CliRunner, Result

from db import users
from db.engine import reading, writing
from db.reading import bookmarks, marks, progress
from db.reading.marks import Of
from db.schema import reading_journal
from db.times import now
from pipeline.cli import main
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.reading_rows import count, known_of
from tests.reading_traces import NOON, Place, leave_traces, make_place, person, read


@pytest.fixture
def place(data: object) -> Place:
    return make_place()


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="longbox")


def typed(moment: float) -> str:
    return datetime.fromtimestamp(moment).isoformat(" ")  # noqa: DTZ006 - as a person types it


def test_the_journal_is_told_in_words(place: Place, reader: users.User) -> None:
    leave_traces(reader, place)
    with writing() as connection:
        progress.mark(connection, person(reader, NOON + 9), [place.numbers[0]], read=True)
    told = longbox("journal", "rita").output
    for words in (
        "Saga/Saga 1.cbz",
        "page 8 → read",
        "4 stars",
        "bookmark on",
        "by hand",
    ):
        assert words in told.replace("\n", " "), words
    (newest,) = json.loads(longbox("journal", "rita", "--limit", "1", "--json").output)
    assert (newest["kind"], newest["comic"]) == ("progress", place.numbers[0])


def test_a_journal_with_nothing_in_it_says_so(reader: users.User) -> None:
    assert longbox("journal", "rita").output == "Nothing is written of Rita yet.\n"


def test_a_restore_is_tried_done_and_taken_back(place: Place, reader: users.User) -> None:
    leave_traces(reader, place, NOON)
    before = known_of(reader.id)
    with writing() as connection:
        bookmarks.remove(connection, person(reader, NOON + 100), place.numbers[0], 3)
        marks.rate(connection, person(reader, NOON + 100), Of.COMICS, place.numbers[0], 1)
    spoilt = known_of(reader.id)
    to = ("--to", typed(NOON + 50))
    tried = longbox("restore-reading", "rita", *to, "--dry-run")
    assert "Would change 2 entries of Rita." in tried.output
    assert known_of(reader.id) == spoilt
    meanwhile = now()
    done = longbox("restore-reading", "rita", *to)
    assert (done.exit_code, "Brought 2 entries of Rita back to" in done.output) == (0, True)
    assert known_of(reader.id) == before
    longbox("restore-reading", "rita", "--to", typed(meanwhile))
    assert known_of(reader.id) == spoilt


def test_what_a_removed_user_had_can_be_given_to_one_of_that_name(
    place: Place, reader: users.User, admin: users.User, password_hash: object
) -> None:
    leave_traces(reader, place)
    had = known_of(reader.id)
    with writing() as connection:
        users.remove(connection, reader.id)
        again = users.add(connection, "Rita", password_hash)  # type: ignore[arg-type]
    assert not known_of(again.id)
    assert "Would give Rita" in longbox("restore-reading", "rita", "--removed", "--dry-run").output
    assert not known_of(again.id)
    assert longbox("restore-reading", "rita", "--removed").exit_code == 0
    assert known_of(again.id) == had


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nemo", "--to", "2026-11-21"), "no user named nemo"),
        (("rita", "--to", "yesterday"), "yesterday is no moment"),
        (("rita",), "either --to MOMENT or --removed"),
        (("rita", "--to", "2026-11-21", "--removed"), "either --to MOMENT or --removed"),
        (("rita", "--removed"), "Nobody named Rita has been removed"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    reader: users.User, words: tuple[str, ...], sentence: str
) -> None:
    result = longbox("restore-reading", *words)
    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_a_plan_with_much_to_do_is_told_in_part(data: object, reader: users.User) -> None:
    saga = add_series(add_library(), "Saga")
    for number in range(25):
        read(reader, add_comic(saga, f"{number}.cbz"), 1, NOON)
    told = longbox("restore-reading", "rita", "--to", typed(NOON - 10), "--dry-run").output
    assert "Would change 25 entries" in told
    assert "… and 5 more." in told
    with reading() as connection:
        assert progress.of_comics(connection, reader.id, range(1, 26))
    assert count(reading_journal) == 25
