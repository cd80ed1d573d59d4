"""What a person types finds what they mean, and is never taken for the query language."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import searching
from db.cursors import BadCursor
from db.engine import reading
from tests.catalogue_rows import add_comic, add_library, add_series


@pytest.fixture
def saga(data: Path) -> int:
    """A series with a comic by a person with an accent."""
    series_id = add_series(add_library(), "The Saga of Élan")
    add_comic(series_id, "1.cbz", title="Don't Look", number="1", by=(("writer", "Zoë Quinn"),))
    return series_id


def series_found(words: str) -> list[str]:
    with reading() as connection:
        return [one.name for one in searching.find_series(connection, words, 10)]


def comics_found(words: str) -> list[str | None]:
    with reading() as connection:
        return [one.title for one in searching.find_comics(connection, words, limit=10).items]


@pytest.mark.parametrize(
    "words", ["saga", "SAGA", "elan", "Élan", "sag", "s", "elan saga", " the  saga "]
)
def test_a_series_is_found_by_its_words(saga: int, words: str) -> None:
    assert series_found(words) == ["The Saga of Élan"]


@pytest.mark.parametrize("words", ["saga 1", "look", "don't", "quinn", "zoe qui", "saga quinn 1"])
def test_a_comic_is_found_by_series_title_number_and_people(saga: int, words: str) -> None:
    assert comics_found(words) == ["Don't Look"]


@pytest.mark.parametrize(
    "words", ["", " ", "sagas", "aga", "saga -", 'saga "', "saga OR x", "NOT", "x AND", "***", "^a"]
)
def test_nothing_that_is_typed_is_syntax(saga: int, words: str) -> None:
    assert series_found(words) in ([], ["The Saga of Élan"])
    assert comics_found(words) in ([], ["Don't Look"])


def test_words_that_are_operators_are_looked_for_as_words(data: Path) -> None:
    library = add_library()
    add_series(library, "This or That")
    add_series(library, "This")
    assert series_found("this OR that") == ["This or That"]


def test_a_single_letter_is_a_comics_whole_word(saga: int) -> None:
    assert comics_found("l") == []
    assert comics_found("1") == ["Don't Look"]


def test_the_best_series_comes_first(data: Path) -> None:
    library = add_library()
    add_series(library, "A Long Tale in Which a Wolf Appears")
    add_series(library, "Wolf")
    assert series_found("wolf")[0] == "Wolf"


def test_found_comics_are_paged_through_once(saga: int) -> None:
    for number in range(2, 20):
        add_comic(saga, f"{number}.cbz", title=f"Part {number}", number=str(number))
    titles: list[str | None] = []
    cursor = None
    with reading() as connection:
        while page := searching.find_comics(connection, "saga", limit=7, cursor=cursor):
            titles += [comic.title for comic in page.items]
            if (cursor := page.next) is None:
                break
    assert titles == ["Don't Look", *(f"Part {number}" for number in range(2, 20))]


def test_a_cursor_of_another_listing_is_refused(saga: int) -> None:
    with reading() as connection, pytest.raises(BadCursor):
        searching.find_comics(connection, "saga", limit=7, cursor="x")
