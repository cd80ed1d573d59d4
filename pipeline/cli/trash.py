"""`longbox trash` and `longbox purge`: comics whose files are gone, and forgetting them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import click

from db import purges, report, scan_requests
from db import trash as trash_can
from db.engine import reading, writing
from db.purges import Preview
from db.times import iso, now
from db.trash import Amount, Choice, TrashedComic, TrashedSeries
from pipeline import housekeeping
from pipeline.cli import needs_database
from pipeline.cli.output import json_option, print_json, print_table, say, when

BY = "the command line"
AT_A_TIME = 500

library_argument = click.argument("library", required=False)
path_option = click.option("--path", metavar="GLOB", help="Only paths that fit, such as 'DC/*'.")
missing_for_option = click.option(
    "--missing-for",
    "days",
    metavar="DAYS",
    type=click.IntRange(0, 36_500),
    help="Only comics whose files have been gone for so long.",
)


@click.command()
@library_argument
@path_option
@missing_for_option
@json_option
@needs_database
def trash(library: str | None, path: str | None, days: int | None, as_json: bool) -> None:
    """List the comics whose files are gone. They leave the trash when their files are back."""
    choice = _choice(library, path, days)
    if as_json:
        print_json([_comic_json(one) for one in _comics(choice)])
        return
    with reading() as connection:
        amount = trash_can.amount(connection, choice)
    if not amount.comics:
        say("The trash is empty." if choice == Choice() else "No comic in the trash is like that.")
        return
    print_table(
        ("Series", "Library", "Comics#", "Size#", "Gone since"), map(_series_row, _series(choice))
    )
    say(f"{_told(amount)}. `longbox purge` forgets what you choose of it.")


@click.command()
@library_argument
@path_option
@missing_for_option
@click.option("--all", "everything", is_flag=True, help="The whole trash.")
@click.option("--with-reading-data", is_flag=True, help="Also comics that somebody has read.")
@click.option("--yes", is_flag=True, help="Do it. Without, it is only said what would be done.")
@needs_database
def purge(
    library: str | None,
    path: str | None,
    days: int | None,
    everything: bool,
    with_reading_data: bool,
    yes: bool,
) -> None:
    """Forget comics in the trash for good. No file is touched.

    Say which: a library, paths, how long they have been missing, or --all. Without --yes nothing is
    done.
    """
    if not everything and (library, path, days) == (None, None, None):
        raise click.UsageError("Say which comics: LIBRARY, --path, --missing-for or --all.")
    choice = _choice(library, path, days, even_if_read=with_reading_data)
    with reading() as connection:
        preview = purges.preview(connection, choice)
    if preview.comics and not yes:
        people = report.count(preview.people, "person", "people")
        theirs = f", and with them the reading data of {people}" if preview.people else ""
        say(f"This would forget {_told(preview)}{theirs}. --yes does it.")
    elif preview.comics:
        _do(choice)
    elif not preview.kept:
        say("No comic in the trash is like that.")
    if preview.kept:
        kept = report.count(preview.kept, "comic has", "comics have")
        say(f"{kept} reading data and would stay; --with-reading-data forgets them, too.")


def _do(choice: Choice) -> None:
    with writing() as connection:
        purge_id = purges.ask(connection, choice, BY)
        wish = purges.get(connection, purge_id)
    is_done = housekeeping.fulfil(wish, threading.Event())
    with reading() as connection:
        wish = purges.get(connection, purge_id)
    say(f"{report.count(wish.purged, 'comic is', 'comics are')} forgotten.")
    if not is_done:
        say("A scan is looking at the others just now. The worker forgets them when it is through.")


def _choice(
    library: str | None, path: str | None, days: int | None, *, even_if_read: bool = False
) -> Choice:
    with reading() as connection:
        library_id = None if library is None else scan_requests.find(connection, library).id
    gone_before = None if days is None else now() - days * purges.DAY
    return Choice(
        library_id=library_id, path=path, gone_before=gone_before, even_if_read=even_if_read
    )


def _told(amount: Amount | Preview) -> str:
    series = report.count(amount.series, "series", "series")
    return f"{report.count(amount.comics, 'comic')} in {series}, {report.size(amount.size)}"


def _series_row(one: TrashedSeries) -> tuple[str, ...]:
    return one.name, one.library, f"{one.comics:,}", report.size(one.size), when(one.since)


def _comic_json(one: TrashedComic) -> dict[str, Any]:
    return {
        "id": one.id,
        "library": one.library,
        "series": {"id": one.series_id, "name": one.series},
        "path": one.path,
        "size": one.size,
        "pages": one.page_count,
        "missing_since": iso(one.since),
    }


def _series(choice: Choice) -> Iterator[TrashedSeries]:
    return _all(trash_can.series_page, choice)


def _comics(choice: Choice) -> Iterator[TrashedComic]:
    return _all(trash_can.comics_page, choice)


def _all(listing: Callable[..., Any], choice: Choice) -> Iterator[Any]:
    """Every item of a listing, page after page."""

    def pages() -> Iterator[list[Any]]:
        cursor = None
        while True:
            with reading() as connection:
                page = listing(connection, choice, limit=AT_A_TIME, cursor=cursor)
            yield page.items
            cursor = page.next
            if cursor is None:
                return

    return chain.from_iterable(pages())
