"""The library's pages: the wall of series, what was added recently, a series, a comic, the search.

Every page is an address that can be kept, and goes on with `?cursor=`. What programs get is in
`webui/library_api.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import artwork, catalogue, errors, progress, report, searching
from db.catalogue import Page, Series
from db.engine import reading
from db.reading import shelves
from webui import cards, facts, listings
from webui.own_reading import READS, read_asked_for, reading_of_comic, reading_of_series
from webui.shelves import comic_cards, continue_reading, on_deck, series_cards

ON_PAGE = 60
RECENT = 18
FOUND_SERIES = 12

SERIES_SORTS = {"name": "Name", "added": "Newest", "count": "Most comics", "year": "Year"}
COMIC_SORTS = {"number": "Number", "name": "Name", "date": "Date", "added": "Newest"}

COMIC = f"<int(max={listings.LARGEST_ID}):comic_id>"
SERIES = f"<int(max={listings.LARGEST_ID}):series_id>"

blueprint = Blueprint("library", __name__)


@dataclass(frozen=True, slots=True)
class Wall:
    """A page of cards; `more` is the address of what follows, empty at the end."""

    cards: list[cards.Card]
    more: str


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """The wall of series, which can be narrowed down to a library, a category, a subcategory."""
    sort = listings.sort_among(SERIES_SORTS)
    chosen = listings.shelf()
    cursor = listings.cursor()
    is_start = cursor is None and chosen.is_everything
    with reading() as connection:
        page = catalogue.series_page(connection, sort, chosen, limit=ON_PAGE, cursor=cursor)
        parts = catalogue.shelves(connection, chosen.category)
        wall = _series_wall(connection, page)
        recent = catalogue.comics_page(connection, "added", limit=RECENT).items if is_start else []
        recent_cards = comic_cards(connection, recent) if recent else []
        begun = continue_reading(connection) if is_start else []
        following = on_deck(connection) if is_start else []
        scan = _scan_under_way(connection) if is_start and page.next is None else ""
        is_asked = current_user.is_admin and current_user.may_have_needs
        asking = progress.held(connection) if is_start and is_asked else []
    return render_template(
        "library/home.html",
        wall=wall,
        shelves=parts,
        begun=begun,
        following=following,
        recent=recent_cards,
        scan=scan,
        asking=asking,
        report=report,
        chosen=chosen,
        sorts=SERIES_SORTS,
        sort=sort,
        is_start=is_start,
        has_library=bool(parts.libraries),
    )


@blueprint.get("/recent")
def recent() -> ResponseReturnValue:
    """All comics, the newest first."""
    with reading() as connection:
        page = catalogue.comics_page(connection, "added", limit=ON_PAGE, cursor=listings.cursor())
        wall = Wall(comic_cards(connection, page.items), more(page))
    return render_template("library/recent.html", wall=wall)


@blueprint.get(f"/series/{SERIES}")
def series(series_id: int) -> ResponseReturnValue:
    """A series and its comics, which can be narrowed down to what is read, or not."""
    sort = listings.sort_among(COMIC_SORTS)
    chosen = read_asked_for()
    with reading() as connection:
        details = catalogue.series_details(connection, series_id)
        if details is None:
            abort(404, "There is no such series (any more).")
        page = catalogue.comics_page(
            connection,
            sort,
            series_id=series_id,
            limit=ON_PAGE,
            cursor=listings.cursor(),
            where=shelves.condition(current_user.id, chosen),
        )
        wall = Wall(comic_cards(connection, page.items, in_series=True), more(page))
        mine = reading_of_series(connection, details.series)
        around = artwork.around_series(connection, series_id)
    name, year = cards.split_year(details.series.name)
    return render_template(
        "library/series.html",
        details=details,
        series=details.series,
        name=name,
        year=year or details.series.year,
        card=cards.of_series(details.series),
        around=around,
        wall=wall,
        sorts=COMIC_SORTS,
        sort=sort,
        reads=READS,
        read=chosen,
        mine=mine,
        where_from=facts.where_series_from(details),
    )


@blueprint.get(f"/comic/{COMIC}")
def comic(comic_id: int) -> ResponseReturnValue:
    """A comic with everything that is known of it."""
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
        if details is None:
            abort(404, "There is no such comic (any more).")
        failures = errors.listing(connection, comic_id=comic_id)
        mine = reading_of_comic(connection, details.comic)
    return render_template(
        "library/comic.html",
        comic=details.comic,
        mine=mine,
        details=details,
        facts=details.facts,
        card=cards.of_comic(details.comic),
        number=cards.number_of(details.comic),
        failures=failures,
        credits=facts.grouped(details.credits, facts.ROLES),
        tags=facts.grouped([(kind, name) for kind, name, _ in details.tags], facts.TAG_KINDS),
        arcs=[(name, place) for kind, name, place in details.tags if kind == "story_arc"],
        file_facts=facts.file_facts(details),
        about=facts.about(details),
        where_from=facts.where_from(details),
    )


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """What fits the words of `?q=`: series first, then comics."""
    words = (listings.words("q") or "").strip()
    cursor = listings.cursor()
    with reading() as connection:
        found: list[Series] = []
        if cursor is None:
            found = searching.find_series(connection, words, FOUND_SERIES)
        page = searching.find_comics(connection, words, limit=ON_PAGE, cursor=cursor)
        wall = Wall(comic_cards(connection, page.items), more(page))
        series = series_cards(connection, found)
    return render_template("library/search.html", words=words, series=series, wall=wall)


@blueprint.app_template_global()
def address_with(**changes: object) -> str:
    """This page's address with other values in its query, from its start; None takes one out."""
    values = request.args.to_dict() | {"cursor": None} | changes
    query = urlencode({name: value for name, value in values.items() if value is not None})
    here = request.script_root + request.path
    return f"{here}?{query}" if query else here


def more(page: Page[Any]) -> str:
    """The address of what follows a page, empty at the end."""
    return address_with(cursor=page.next) if page.next else ""


def _series_wall(connection: Connection, page: Page[Series]) -> Wall:
    return Wall(series_cards(connection, page.items), more(page))


def _scan_under_way(connection: Connection) -> str:
    """What a scan that goes on is doing, in words; empty when there is none.

    What a held one asks names folders and is the admins' to read.
    """
    job = progress.newest(connection)
    return report.sentence(job) if job and job.status.goes_on else ""
