"""The library's pages: the wall of series, what was added recently, a series, a comic, the search.

Every page is an address that can be kept, and goes on with `?cursor=`. What programs get is in
`webui/library_api.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import catalogue, errors, progress, report, searching
from db.catalogue import ComicDetails, Page, Series
from db.engine import reading
from db.times import iso
from webui import cards, listings

ON_PAGE = 60
RECENT = 18
FOUND_SERIES = 12

SERIES_SORTS = {"name": "Name", "added": "Newest", "count": "Most comics", "year": "Year"}
COMIC_SORTS = {"number": "Number", "name": "Name", "date": "Date", "added": "Newest"}

ROLES = {
    "writer": "Written by",
    "penciller": "Pencils",
    "inker": "Inks",
    "colorist": "Colours",
    "letterer": "Letters",
    "cover_artist": "Cover",
    "editor": "Edited by",
    "translator": "Translated by",
}
TAG_KINDS = {
    "genre": "Genres",
    "character": "Characters",
    "team": "Teams",
    "location": "Locations",
    "tag": "Tags",
}
CONTAINERS = {
    "zip": "ZIP (CBZ)",
    "rar": "RAR (CBR)",
    "7z": "7-Zip (CB7)",
    "tar": "TAR (CBT)",
    "pdf": "PDF",
    "epub": "EPUB",
    "folder": "Folder of pictures",
}

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
        shelves = catalogue.shelves(connection, chosen.category)
        recent = catalogue.comics_page(connection, "added", limit=RECENT).items if is_start else []
        scan = _scan_under_way(connection) if is_start and page.next is None else ""
        asking = progress.held(connection) if is_start and current_user.is_admin else []
    return render_template(
        "library/home.html",
        wall=_series_wall(page),
        shelves=shelves,
        recent=[cards.of_comic(comic) for comic in recent],
        scan=scan,
        asking=asking,
        report=report,
        chosen=chosen,
        sorts=SERIES_SORTS,
        sort=sort,
        is_start=is_start,
        has_library=bool(shelves.libraries),
    )


@blueprint.get("/recent")
def recent() -> ResponseReturnValue:
    """All comics, the newest first."""
    with reading() as connection:
        page = catalogue.comics_page(connection, "added", limit=ON_PAGE, cursor=listings.cursor())
    wall = Wall([cards.of_comic(comic) for comic in page.items], _more(page))
    return render_template("library/recent.html", wall=wall)


@blueprint.get(f"/series/{SERIES}")
def series(series_id: int) -> ResponseReturnValue:
    """A series and its comics."""
    sort = listings.sort_among(COMIC_SORTS)
    with reading() as connection:
        details = catalogue.series_details(connection, series_id)
        if details is None:
            abort(404, "There is no such series (any more).")
        page = catalogue.comics_page(
            connection, sort, series_id=series_id, limit=ON_PAGE, cursor=listings.cursor()
        )
    name, year = cards.split_year(details.series.name)
    return render_template(
        "library/series.html",
        details=details,
        series=details.series,
        name=name,
        year=year or details.series.year,
        card=cards.of_series(details.series),
        wall=Wall([cards.of_comic(comic, in_series=True) for comic in page.items], _more(page)),
        sorts=COMIC_SORTS,
        sort=sort,
    )


@blueprint.get(f"/comic/{COMIC}")
def comic(comic_id: int) -> ResponseReturnValue:
    """A comic with everything that is known of it."""
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
        if details is None:
            abort(404, "There is no such comic (any more).")
        failures = errors.listing(connection, comic_id=comic_id)
    return render_template(
        "library/comic.html",
        comic=details.comic,
        details=details,
        facts=details.facts,
        card=cards.of_comic(details.comic),
        number=cards.number_of(details.comic),
        failures=failures,
        credits=_grouped(details.credits, ROLES),
        tags=_grouped([(kind, name) for kind, name, _ in details.tags], TAG_KINDS),
        arcs=[(name, place) for kind, name, place in details.tags if kind == "story_arc"],
        file_facts=_file_facts(details),
        about=_about(details),
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
    wall = Wall([cards.of_comic(comic) for comic in page.items], _more(page))
    return render_template(
        "library/search.html",
        words=words,
        series=[cards.of_series(one) for one in found],
        wall=wall,
    )


@blueprint.app_template_global()
def address_with(**changes: object) -> str:
    """This page's address with other values in its query, from its start; None takes one out."""
    values = request.args.to_dict() | {"cursor": None} | changes
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{request.path}?{query}" if query else request.path


def _series_wall(page: Page[Series]) -> Wall:
    return Wall([cards.of_series(one) for one in page.items], _more(page))


def _more(page: Page[Any]) -> str:
    return address_with(cursor=page.next) if page.next else ""


def _scan_under_way(connection: Connection) -> str:
    """What a scan that goes on is doing, in words; empty when there is none.

    What a held one asks names folders and is the admins' to read.
    """
    job = progress.newest(connection)
    return report.sentence(job) if job and job.status.goes_on else ""


def _grouped(pairs: Sequence[tuple[str, str]], labels: dict[str, str]) -> dict[str, list[str]]:
    """Names by the label of their kind, in the order of the labels."""
    groups: dict[str, list[str]] = {label: [] for label in labels.values()}
    for kind, name in pairs:
        if kind in labels:
            groups[labels[kind]].append(name)
    return {label: names for label, names in groups.items() if names}


def _about(details: ComicDetails) -> dict[str, str]:
    """What the metadata says besides people, tags and prose: label → words."""
    facts = details.facts
    of = f" of {facts['issue_count']}" if facts["issue_count"] else ""
    alternate = " ".join(
        filter(None, (facts["alternate_series"], _hashed(facts["alternate_number"])))
    )
    rating = facts["community_rating"]
    said = {
        "Series": facts["series_title"],
        "Number": f"{facts['number']}{of}" if facts["number"] else None,
        "Volume": facts["volume"],
        "Released": facts["release_date"],
        "Publisher": details.publisher,
        "Imprint": details.imprint,
        "Format": facts["format"],
        "Language": facts["language"],
        "Age rating": facts["age_rating"],
        "Rating": f"{rating:g} of 5" if rating is not None else None,
        "Also part of": alternate,
        "Series group": facts["series_groups"],
        "Main character or team": facts["main_character_or_team"],
        "Reads": "from right to left" if facts["right_to_left"] else None,
        "GTIN": facts["gtin"],
        "Scan": facts["scan_information"],
    }
    return {label: str(words) for label, words in said.items() if words}


def _hashed(number: str | None) -> str:
    return f"#{number}" if number else ""


def _file_facts(details: ComicDetails) -> dict[str, str]:
    """What is known of the file itself: label → words."""
    facts = details.facts
    modified = iso(facts["mtime_ns"] / 1e9) or ""
    pages = facts["page_count"]
    said = {
        "File": details.comic.path,
        "Library": details.library,
        "Size": report.size(facts["size"]),
        "Kind": CONTAINERS.get(facts["container"], facts["container"]),
        "Pages": f"{pages:,}" if pages is not None else None,
        "Changed": modified[:10],
        "Added": (iso(details.comic.added_at) or "")[:10],
    }
    return {label: words for label, words in said.items() if words}
