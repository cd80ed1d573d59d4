"""The catalogue's listings: everything once and in order, and never read further than needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from db import catalogue, cursors, engine
from db.catalogue import COMIC_ORDERS, IN_SERIES_ORDERS, SERIES_ORDERS, Page, Shelf
from db.cursors import BadCursor
from db.engine import reading, writing
from db.schema import comics
from db.states import ComicState
from tests.catalogue_rows import add_comic, add_library, add_series

SHELVES = [
    Shelf(),
    Shelf(library_id=1),
    Shelf(category="Blue"),
    Shelf(category="Blue", subcategory="b"),
    Shelf(library_id=1, category="Blue"),
]


@pytest.fixture
def library(data: Path) -> int:
    return add_library()


@pytest.fixture
def wall(library: int) -> list[int]:
    """Forty series, many alike in what they are sorted by, each with a comic or two."""
    made = []
    for index in range(40):
        category, subcategory = ("Blue", "ab"[index % 2]) if index % 4 else ("Red", "")
        made.append(
            add_series(
                library,
                f"Series {index // 3}",
                category=category,
                subcategory=subcategory,
                year=1990 + index % 5 if index % 6 else None,
            )
        )
        for number in range(index % 3):
            add_comic(made[-1], f"{number}.cbz", sort_number=None if index % 2 else number)
    return made


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The queries that are run meanwhile, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_rest: Any) -> None:
        if sql.startswith(("SELECT", "WITH")):
            seen.append((sql, parameters))

    event.listen(engine.reader(), "before_cursor_execute", note)
    yield seen
    event.remove(engine.reader(), "before_cursor_execute", note)


def plan(call: Callable[[Any], Any]) -> list[str]:
    """How SQLite goes about the one query that a call runs."""
    with statements() as seen, reading() as connection:
        call(connection)
    assert len(seen) == 1
    sql, parameters = seen[0]
    with reading() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return [row[3] for row in rows]


def all_pages(page: Callable[[str | None], Page[Any]]) -> list[Any]:
    """The items of every page of a listing."""
    found = page(None)
    items = list(found.items)
    while found.next:
        found = page(found.next)
        assert found.items
        items += found.items
    return items


def series_page(order: str, shelf: Shelf, limit: int, cursor: str | None) -> Page[Any]:
    with reading() as connection:
        return catalogue.series_page(connection, order, shelf, limit=limit, cursor=cursor)


def comics_page(order: str, series_id: int | None, limit: int, cursor: str | None) -> Page[Any]:
    with reading() as connection:
        return catalogue.comics_page(
            connection, order, series_id=series_id, limit=limit, cursor=cursor
        )


@pytest.mark.parametrize("shelf", SHELVES)
@pytest.mark.parametrize("order", SERIES_ORDERS)
def test_the_wall_pages_through_every_series_once(
    wall: list[int], order: str, shelf: Shelf
) -> None:
    whole = series_page(order, shelf, 500, None).items
    paged = all_pages(lambda cursor: series_page(order, shelf, 7, cursor))
    assert paged == whole
    expected = {one for index, one in enumerate(wall) if _is_on(shelf, index)}
    assert {one.id for one in paged} == expected
    assert len(paged) == len(expected)


@pytest.mark.parametrize("shelf", SHELVES)
@pytest.mark.parametrize("order", SERIES_ORDERS)
def test_a_page_of_the_wall_is_read_from_an_index(
    wall: list[int], order: str, shelf: Shelf
) -> None:
    cursor = series_page(order, shelf, 7, None).next
    assert cursor
    for begin in (None, cursor):
        steps = plan(
            lambda connection, begin=begin: catalogue.series_page(
                connection, order, shelf, limit=60, cursor=begin
            )
        )
        assert not [step for step in steps if "TEMP B-TREE" in step]
        walks = [step for step in steps if step.startswith(("SCAN series", "SEARCH series"))]
        assert walks
        if begin or shelf != Shelf():
            assert walks[0].startswith("SEARCH series USING")
        elif order != "added":  # then the table itself is in order
            assert "USING INDEX" in walks[0]


@pytest.mark.parametrize("order", COMIC_ORDERS)
def test_all_comics_are_paged_through_once_and_never_sorted_as_a_whole(
    wall: list[int], order: str
) -> None:
    for index, comic in enumerate(comics_page("added", None, 500, None).items):
        with writing() as connection:
            connection.execute(
                comics.update()
                .where(comics.c.id == comic.id)
                .values(release_date=f"20{index % 4:02d}-01")
            )
    whole = comics_page(order, None, 500, None).items
    assert len(whole) == 39
    assert all_pages(lambda cursor: comics_page(order, None, 7, cursor)) == whole
    for begin in (None, comics_page(order, None, 7, None).next):
        steps = plan(
            lambda connection, begin=begin: catalogue.comics_page(
                connection, order, limit=60, cursor=begin
            )
        )
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps
        if order in ("name", "number"):
            assert steps[0].startswith("SEARCH series USING INDEX ix_series_sort_name_id")


@pytest.mark.parametrize("order", IN_SERIES_ORDERS)
def test_only_the_comics_of_the_series_are_sorted(library: int, order: str) -> None:
    other = add_series(library, "Other")
    add_comic(other, "1.cbz")
    one = add_series(library, "One")
    for number in range(20):
        date = None if number % 5 == 0 else f"20{number % 3:02d}"
        add_comic(one, f"{number}.cbz", sort_number=number // 2, release_date=date)
    whole = comics_page(order, one, 500, None).items
    assert {comic.series_id for comic in whole} == {one}
    assert len(whole) == 20
    assert all_pages(lambda cursor: comics_page(order, one, 7, cursor)) == whole
    steps = plan(
        lambda connection: catalogue.comics_page(connection, order, series_id=one, limit=60)
    )
    assert [step for step in steps if "comics USING INDEX ix_comics_series_id" in step]


def test_comics_come_in_the_order_of_their_numbers_and_without_one_last(library: int) -> None:
    one = add_series(library, "One")
    for name, number in (("x.cbz", None), ("b.cbz", 10.0), ("c.cbz", 2.0), ("d.cbz", 0.5)):
        add_comic(one, name, sort_number=number)
    names = [comic.stem for comic in comics_page("number", one, 10, None).items]
    assert names == ["d", "c", "b", "x"]


def test_names_sort_as_people_count(library: int) -> None:
    for name in ("Series 10", "Series 2", "apple"):
        add_series(library, name)
    names = [one.name for one in series_page("name", Shelf(), 10, None).items]
    assert names == ["apple", "Series 2", "Series 10"]


def test_comics_by_date_come_newest_first_and_without_one_last(library: int) -> None:
    one = add_series(library, "One")
    for name, date in (("a.cbz", None), ("b.cbz", "2001-05"), ("c.cbz", "2020")):
        add_comic(one, name, release_date=date)
    assert [comic.stem for comic in comics_page("date", one, 10, None).items] == ["c", "b", "a"]
    # Among all comics only those with a date are listed.
    assert [comic.stem for comic in comics_page("date", None, 10, None).items] == ["c", "b"]


def test_what_is_added_meanwhile_shifts_no_page(library: int) -> None:
    for name in "bdfh":
        add_series(library, name)
    first = series_page("name", Shelf(), 2, None)
    add_series(library, "a")
    add_series(library, "e")
    second = series_page("name", Shelf(), 2, first.next)
    assert [one.name for one in first.items + second.items] == ["b", "d", "e", "f"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        "W10",
        cursors.encode("series name", ["a"]),
        cursors.encode("series name", ["a", "b"]),
        cursors.encode("series name", ["a", True]),
        cursors.encode("series name", ["a", 2**63]),
        cursors.encode("series name", ["a\0", 1]),
        cursors.encode("series name", ["\ud800", 1]),
        cursors.encode("series name", [["a"], 1]),  # type: ignore[list-item]
        cursors.encode("series added", [1]),
        cursors.encode("comics added", [1]),
        "W" * 100_000,
    ],
)
def test_a_cursor_of_anything_else_is_refused(data: Path, cursor: str) -> None:
    with pytest.raises(BadCursor, match="Begin again"):
        series_page("name", Shelf(), 10, cursor)


def test_a_cursor_of_one_series_is_refused_in_another(library: int) -> None:
    one, other = add_series(library, "One"), add_series(library, "Other")
    for name in "abc":
        add_comic(one, f"{name}.cbz")
    cursor = comics_page("name", one, 1, None).next
    with pytest.raises(BadCursor):
        comics_page("name", other, 1, cursor)


def test_the_shelves_are_named_without_reading_all_series(wall: list[int]) -> None:
    add_library("Another")
    with reading() as connection:
        shelves = catalogue.shelves(connection, "Blue")
        assert catalogue.shelves(connection).subcategories == []
    assert [name for _, name in shelves.libraries] == ["Another", "Comics"]
    assert shelves.categories == ["Blue", "Red"]
    assert shelves.subcategories == ["a", "b"]
    steps = plan(lambda connection: catalogue.shelves(connection, "Blue"))
    assert not [step for step in steps if step.startswith("SCAN series")]


def test_a_series_tells_how_many_of_its_comics_are_missing(library: int) -> None:
    one = add_series(library, "One", category="Red", year=1999)
    add_comic(one, "1.cbz")
    add_comic(one, "2.cbz", state=ComicState.MISSING)
    with reading() as connection:
        details = catalogue.series_details(connection, one)
        assert catalogue.series_details(connection, one + 1) is None
    assert details
    assert details.library == "Comics"
    assert details.missing_count == 1
    assert details.series.year == 1999


def test_a_comic_has_its_people_tags_arcs_and_neighbours(library: int) -> None:
    one = add_series(library, "One", folder=b"Red/One")
    before = add_comic(one, "1.cbz", sort_number=1.0)
    comic = add_comic(
        one,
        "2.cbz",
        sort_number=2.0,
        by=(("writer", "Ada"), ("inker", "Bea")),
        tagged=(("genre", "Crime", None), ("story_arc", "The Fall", "3")),
    )
    after = add_comic(one, "special.cbz")
    with reading() as connection:
        details = catalogue.comic_details(connection, comic)
        last = catalogue.comic_details(connection, after)
        assert catalogue.comic_details(connection, 10**9) is None
    assert details
    assert details.credits == [("writer", "Ada"), ("inker", "Bea")]
    assert details.tags == [("genre", "Crime", None), ("story_arc", "The Fall", "3")]
    assert (details.previous_id, details.next_id) == (before, after)
    assert details.file == b"/nowhere/Comics/Red/One/2.cbz"
    assert details.comic.path == "Red/One/2.cbz"
    assert last
    assert (last.previous_id, last.next_id) == (comic, None)


def test_a_comic_at_the_root_of_its_library_has_its_name_as_path(library: int) -> None:
    loose = add_series(library, "Comics", folder=b"")
    comic = add_comic(loose, b"\xffoddly named.cbz")
    with reading() as connection:
        details = catalogue.comic_details(connection, comic)
    assert details
    assert details.file == b"/nowhere/Comics/\xffoddly named.cbz"
    assert details.comic.path == "\N{REPLACEMENT CHARACTER}oddly named.cbz"


def test_a_series_whose_cover_is_of_no_comic_has_none(library: int) -> None:
    add_series(library, "One", cover_comic_id=99)
    (one,) = series_page("name", Shelf(), 10, None).items
    assert (one.cover_id, one.cover_version, one.cover_state) == (None, None, None)


def _is_on(shelf: Shelf, index: int) -> bool:
    category, subcategory = ("Blue", "ab"[index % 2]) if index % 4 else ("Red", "")
    return shelf.category in (None, category) and shelf.subcategory in (None, subcategory)
