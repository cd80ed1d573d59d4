"""A library of two series, and people who leave traces of every kind in it."""

from __future__ import annotations

from dataclasses import dataclass

from db import users
from db.engine import writing
from db.reading import bookmarks, lists, marks, notes, preferences, progress
from db.reading.journal import Cause, Deed
from db.reading.marks import Of
from db.reading.progress import Report
from tests.catalogue_rows import add_comic, add_library, add_series

NOON = 1_700_000_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """Three numbers of Saga and one of Bone."""

    library_id: int
    saga: int
    bone: int
    numbers: tuple[int, int, int]
    lone: int


def make_place() -> Place:
    library_id = add_library()
    saga, bone = add_series(library_id, "Saga", b"Saga"), add_series(library_id, "Bone", b"Bone")
    numbers = [
        add_comic(
            saga,
            f"Saga {number}.cbz",
            number=str(number),
            sort_number=float(number),
            page_count=20,
            fingerprint=bytes([number]) * 16,
        )
        for number in (1, 2, 3)
    ]
    lone = add_comic(bone, "Bone 1.cbz", number="1", sort_number=1.0, fingerprint=b"b" * 16)
    return Place(library_id, saga, bone, (numbers[0], numbers[1], numbers[2]), lone)


def person(user: users.User, at: float = NOON) -> Deed:
    return Deed(user.id, Cause.PERSON, "a test's browser", at=at)


def read(user: users.User, comic_id: int, page: int, at: float = NOON, **more: object) -> None:
    report = Report(comic_id, page, at, **{"session": f"s{comic_id}"} | more)  # type: ignore[arg-type]
    with writing() as connection:
        progress.report(connection, Deed(user.id, Cause.READ, at=at), [report])


def leave_traces(user: users.User, place: Place, at: float = NOON, page: int | None = None) -> None:
    """One of everything, on the first number of Saga and its series; on one page, if it is said."""
    comic = place.numbers[0]
    read(user, comic, 7 if page is None else page, at, sequence=1, pages=8, seconds=90)
    with writing() as connection:
        deed = person(user, at)
        marked, noted = (3, 4) if page is None else (page, page)
        bookmarks.put(connection, deed, comic, marked, "the ship")
        spot = notes.Place(0.1, 0.2, 0.3, 0.4)
        notes.put(
            connection,
            deed,
            comic,
            noted,
            text="look",
            highlight="words",
            place=spot,
        )
        marks.rate(connection, deed, Of.COMICS, comic, 4)
        marks.favour(connection, deed, Of.SERIES, place.saga, True)
        marks.want(connection, deed, Of.COMICS, comic, True)
        preferences.change(connection, deed, {"theme": "light", "layout": "double"})
        preferences.change_series(connection, deed, place.saga, {"direction": "rtl"})
        best = lists.create(connection, deed, "Best", description="of all", is_public=True)
        lists.add(connection, deed, best, comic_id=comic)
        lists.add(connection, deed, best, series_id=place.saga)
