"""Ratings, favourites and want to read, of comics and of series, for programs and the pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import catalogue
from db.engine import reading, writing
from db.reading import marks
from db.reading.marks import Marks, Of, Shelf
from db.times import iso
from webui import as_json, listings
from webui.deeds import deed
from webui.errors import Problem
from webui.json_body import json_object, whole

USUAL = 100

# What an address calls a shelf.
SHELVES = {
    "ratings": Shelf.RATED,
    "favourites": Shelf.FAVOURITES,
    "want-to-read": Shelf.WANTED,
}
NAMES = {"books": Of.COMICS, "series": Of.SERIES}
SHELF = '/api/<any(ratings,favourites,"want-to-read"):shelf>'
ONE = f"<any(books,series):of>/<int(max={listings.LARGEST_ID}):subject_id>"

blueprint = Blueprint("marks_api", __name__)


@blueprint.get(SHELF)
def listing(shelf: str) -> ResponseReturnValue:
    """A page of what is on a shelf, the newest first: `?of=books` (as it is) or `series`."""
    of = NAMES.get(listings.words("of") or "books")
    if of is None:
        raise Problem(422, "invalid", "of must be books or series.")
    limit, cursor = listings.limit(USUAL), listings.cursor()
    with reading() as connection:
        page = marks.listing(
            connection, current_user.id, of, SHELVES[shelf], limit=limit, cursor=cursor
        )
        ids = [one for one, _ in page.items]
        if of is Of.COMICS:
            found = as_json.books(
                connection, current_user.id, catalogue.comics_by_ids(connection, ids)
            )
        else:
            found = [as_json.series(one) for one in catalogue.series_by_ids(connection, ids)]
    known = dict(page.items)
    return {
        "items": [one | {"marks": told(known[one["id"]])} for one in found],
        "next": page.next,
    }


@blueprint.get(f"/api/marks/{ONE}")
def get(of: str, subject_id: int) -> ResponseReturnValue:
    with reading() as connection:
        return told(marks.one(connection, current_user.id, NAMES[of], subject_id))


@blueprint.put(f"/api/ratings/{ONE}")
def rate(of: str, subject_id: int) -> ResponseReturnValue:
    """Give `{"stars": 1 to 5}`."""
    stars = whole(json_object(), "stars", 1, marks.MOST_STARS)
    with writing() as connection:
        return told(marks.rate(connection, deed(), NAMES[of], subject_id, stars))


@blueprint.delete(f"/api/ratings/{ONE}")
def unrate(of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        return told(marks.rate(connection, deed(), NAMES[of], subject_id, None))


@blueprint.put(f"/api/favourites/{ONE}")
def favour(of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        return told(marks.favour(connection, deed(), NAMES[of], subject_id, True))


@blueprint.delete(f"/api/favourites/{ONE}")
def unfavour(of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        return told(marks.favour(connection, deed(), NAMES[of], subject_id, False))


@blueprint.put(f"/api/want-to-read/{ONE}")
def want(of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        return told(marks.want(connection, deed(), NAMES[of], subject_id, True))


@blueprint.delete(f"/api/want-to-read/{ONE}")
def unwant(of: str, subject_id: int) -> ResponseReturnValue:
    with writing() as connection:
        return told(marks.want(connection, deed(), NAMES[of], subject_id, False))


def told(one: Marks) -> dict[str, Any]:
    return {
        "stars": one.stars,
        "rated_at": iso(one.rated_at),
        "favourite_at": iso(one.favourite_at),
        "wanted_at": iso(one.wanted_at),
    }
