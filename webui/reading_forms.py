"""The buttons that mark, rate and collect comics and series, as forms that need no JavaScript."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db.engine import reading, writing
from db.reading import lists, marks, shelves, subjects
from db.reading.journal import Deed
from db.reading.marks import Of
from webui import listings
from webui.deeds import deed
from webui.errors import Problem
from webui.library import COMIC, SERIES
from webui.progress_api import mark

blueprint = Blueprint("reading_forms", __name__)

Mark = Callable[[Connection, Deed, Of, int], object]


def _rating(stars: int | None) -> Mark:
    return lambda connection, doing, of, one: marks.rate(connection, doing, of, one, stars)


def _favour(is_one: bool) -> Mark:
    return lambda connection, doing, of, one: marks.favour(connection, doing, of, one, is_one)


def _want(is_wanted: bool) -> Mark:
    return lambda connection, doing, of, one: marks.want(connection, doing, of, one, is_wanted)


# What the buttons say that mark a comic or a series.
MARKS = {
    "favour": _favour(True),
    "unfavour": _favour(False),
    "want": _want(True),
    "unwant": _want(False),
    "unrate": _rating(None),
    **{f"stars-{stars}": _rating(stars) for stars in range(1, marks.MOST_STARS + 1)},
}


@blueprint.post(f"/comic/{COMIC}/reading")
def comic(comic_id: int) -> ResponseReturnValue:
    """Do what the button says to a comic, and show its page again."""
    wish = request.form.get("do", "")
    if wish in MARKS:
        with writing() as connection:
            MARKS[wish](connection, deed(), Of.COMICS, comic_id)
    elif wish in ("read", "unread"):
        mark(deed(), [comic_id], read=wish == "read")
    elif wish == "add":
        _add_to_list(comic_id=comic_id)
    elif wish == "read-before":
        with reading() as connection:
            subjects.page_count_of(connection, comic_id)
            ids = shelves.before(connection, comic_id)
        mark(deed(), ids, read=True)
    else:
        raise _unknown()
    return redirect(url_for("library.comic", comic_id=comic_id), 303)


@blueprint.post(f"/series/{SERIES}/reading")
def series(series_id: int) -> ResponseReturnValue:
    """Do what the button says to a series, and show its page again."""
    wish = request.form.get("do", "")
    if wish in MARKS:
        with writing() as connection:
            MARKS[wish](connection, deed(), Of.SERIES, series_id)
    elif wish == "add":
        _add_to_list(series_id=series_id)
    elif wish in ("read", "unread"):
        with reading() as connection:
            subjects.require_series(connection, series_id)
            ids = shelves.of_series(connection, series_id)
        mark(deed(), ids, read=wish == "read")
    else:
        raise _unknown()
    return redirect(url_for("library.series", series_id=series_id), 303)


def _add_to_list(*, comic_id: int | None = None, series_id: int | None = None) -> None:
    list_id = listings.id_in_form("list") or 0
    with writing() as connection:
        found = lists.own(connection, current_user.id, list_id)
        lists.add(connection, deed(), found, comic_id=comic_id, series_id=series_id)


def _unknown() -> Problem:
    return Problem(422, "invalid", "This button is not known. Load the page again.")
