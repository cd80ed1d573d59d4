"""The visitor's own pages: what they read, want and like, their bookmarks, history and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import catalogue
from db.engine import reading, writing
from db.reading import bookmarks, journal, marks, notes, restore, shelves, statistics, telling
from db.reading.journal import Cause
from db.reading.marks import Of, Shelf
from db.reading.shelves import Read
from db.reading.statistics import Day, Sitting
from db.times import iso
from webui import cards, charts, listings
from webui.cards import Card
from webui.charts import Point
from webui.deeds import deed
from webui.history_api import today
from webui.library import ON_PAGE, Wall, more
from webui.own_reading import duration
from webui.shelves import comic_cards, series_cards

LINES = 100  # of the journal on a page
DAYS = 30  # in the chart of columns
WEEKS = 53  # in the calendar
TOP_SERIES = 10

blueprint = Blueprint("reading_pages", __name__)


@dataclass(frozen=True, slots=True)
class Sat:
    """A sitting on the page of the history; `card` is None for a comic that was purged."""

    card: Card | None
    name: str
    pages: str
    spent: str
    at: str | None
    device: str


@dataclass(frozen=True, slots=True)
class Left:
    """A bookmark or a note on their page."""

    card: Card
    comic_id: int
    page: int
    words: str
    at: str | None


@blueprint.get("/reading")
def begun() -> ResponseReturnValue:
    """What one has begun and not finished, the latest first."""
    return _comics("Reading", Read.OPEN, "Comics that you have begun and not finished are here.")


@blueprint.get("/reading/finished")
def finished() -> ResponseReturnValue:
    """What one has read, the latest first."""
    return _comics("Read", Read.COMPLETED, "Comics that you have read to their end are here.")


@blueprint.get("/favourites")
def favourites() -> ResponseReturnValue:
    return _marked("Favourites", Shelf.FAVOURITES, "Series and comics with a heart are here.")


@blueprint.get("/want-to-read")
def wanted() -> ResponseReturnValue:
    words = "Series and comics that you want to read are here, once you have said so on their page."
    return _marked("Want to read", Shelf.WANTED, words)


@blueprint.get("/bookmarks")
def bookmarks_page() -> ResponseReturnValue:
    """All bookmarks and notes, the newest first, a page of each."""
    with reading() as connection:
        page = bookmarks.listing(
            connection, current_user.id, limit=ON_PAGE, cursor=listings.cursor()
        )
        noted = notes.listing(connection, current_user.id, limit=ON_PAGE)
        ids = {one.comic_id for one in page.items} | {one.comic_id for one in noted.items}
        known = _by_id(connection, ids)
    left = [
        Left(known[one.comic_id], one.comic_id, one.page, one.note, iso(one.created_at))
        for one in page.items
    ]
    on_pages = [
        Left(known[one.comic_id], one.comic_id, one.page, one.text, iso(one.created_at))
        for one in noted.items
    ]
    return render_template(
        "reading/bookmarks.html", bookmarks=left, notes=on_pages, more=more(page)
    )


@blueprint.get("/history")
def history() -> ResponseReturnValue:
    """What one has read when, day by day, the latest first."""
    with reading() as connection:
        page = statistics.history(
            connection, current_user.id, limit=ON_PAGE, cursor=listings.cursor()
        )
        known = _by_id(connection, [one.comic_id for one in page.items if one.comic_id])
    days = [
        (date.fromisoformat(day), [_sat(one, known) for one in sittings])
        for day, sittings in groupby(page.items, key=lambda one: one.day)
    ]
    return render_template("reading/history.html", days=days, more=more(page), name_of=_day)


@blueprint.get("/statistics")
def figures() -> ResponseReturnValue:
    """What one has read, as charts: by day, over a year, by series."""
    last = today()
    first = last - timedelta(weeks=WEEKS - 1, days=last.weekday())
    with reading() as connection:
        totals = statistics.totals(connection, current_user.id, last)
        days = statistics.days(connection, current_user.id, first, last)
        top = statistics.top_series(connection, current_user.id, first, last, TOP_SERIES)
    most = max((one.pages for one in top), default=0)
    return render_template(
        "reading/statistics.html",
        totals=totals,
        spent=duration(totals.seconds),
        days=days[-DAYS:],
        top=[
            {
                "id": one.series_id,
                "name": one.name,
                "words": f"{_pages(one.pages)} in {cards.count_of_comics(one.comics)}",
                "bar": charts.bar(one.pages, most),
            }
            for one in top
        ],
        by_day=charts.columns(f"Pages read on the last {DAYS} days", _by_day(days[-DAYS:])),
        year=charts.calendar("Pages read in the last year", first, _points(days)),
    )


@blueprint.get("/journal")
def journal_page() -> ResponseReturnValue:
    """Every change of one's reading data, and a button that takes it back."""
    before = listings.number("cursor", 1, listings.LARGEST_ID)
    with reading() as connection:
        lines = journal.newest(connection, current_user.id, limit=LINES + 1, before_id=before)
    return render_template(
        "reading/journal.html",
        lines=[
            {
                "at": iso(one.at),
                "deed": one.deed,
                "about": telling.subject_of(one),
                "words": telling.words(one.change),
                "cause": telling.CAUSES[one.cause],
                "device": one.device,
            }
            for one in lines[:LINES]
        ],
        more=str(lines[LINES - 1].id) if len(lines) > LINES else "",
        undone=listings.number("undone", 0, listings.LARGEST_ID),
        kept=listings.number("kept", 0, listings.LARGEST_ID),
    )


@blueprint.post("/journal/<undone>/undo")
def undo(undone: str) -> ResponseReturnValue:
    with writing() as connection:
        changed, kept = restore.undo(connection, deed(Cause.UNDO), undone)
    return redirect(url_for("reading_pages.journal_page", undone=changed, kept=kept), 303)


def _comics(heading: str, read: Read, words: str) -> ResponseReturnValue:
    with reading() as connection:
        page = shelves.listing(
            connection, current_user.id, read, limit=ON_PAGE, cursor=listings.cursor()
        )
        wall = Wall(comic_cards(connection, page.items), more(page))
    return render_template("reading/wall.html", heading=heading, words=words, wall=wall, series=[])


def _marked(heading: str, shelf: Shelf, words: str) -> ResponseReturnValue:
    """Series first, then a page of comics that goes on."""
    cursor = listings.cursor()
    with reading() as connection:
        series = []
        if cursor is None:
            ids = marks.listing(connection, current_user.id, Of.SERIES, shelf, limit=listings.MOST)
            found = catalogue.series_by_ids(connection, [one for one, _ in ids.items])
            series = series_cards(connection, found)
        page = marks.listing(
            connection, current_user.id, Of.COMICS, shelf, limit=ON_PAGE, cursor=cursor
        )
        comics = catalogue.comics_by_ids(connection, [one for one, _ in page.items])
        wall = Wall(comic_cards(connection, comics), more(page))
    return render_template(
        "reading/wall.html", heading=heading, words=words, wall=wall, series=series
    )


def _by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Card]:
    comics = catalogue.comics_by_ids(connection, sorted(set(ids)))
    return dict(zip((one.id for one in comics), comic_cards(connection, comics), strict=True))


def _sat(one: Sitting, known: dict[int, Card]) -> Sat:
    card = known.get(one.comic_id or 0)
    name = f"{card.name} {card.note}" if card else f"{one.series_name} {one.title}"
    return Sat(
        card,
        name,
        f"Pages {one.lowest_page + 1} to {one.highest_page + 1}"
        if one.highest_page > one.lowest_page
        else f"Page {one.lowest_page + 1}",
        duration(one.seconds) if one.seconds else "",
        iso(one.ended_at),
        one.device,
    )


def _by_day(days: Sequence[Day]) -> list[Point]:
    """Points with a label every week, counted from the last."""
    points = _points(days)
    return [
        Point(one.value, f"{day.day:%-d %b}" if (len(days) - number) % 7 == 1 else "", one.words)
        for number, (one, day) in enumerate(zip(points, days, strict=True))
    ]


def _points(days: Sequence[Day]) -> list[Point]:
    return [Point(one.pages, "", f"{_day(one.day)}: {_pages(one.pages)}") for one in days]


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _pages(many: int) -> str:
    if not many:
        return "nothing"
    return "1 page" if many == 1 else f"{many:,} pages"
