"""The reader: one page that shows a comic's pages.

Without JavaScript it shows the page of `?page=` (from 1), or the next one that is not hidden, with
links to its neighbours; with it, `static/js/reader/` takes over. The pages themselves are in
`webui/pages.py`.
"""

from __future__ import annotations

from bisect import bisect_left

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from db import catalogue, hidden_pages
from db.engine import reading
from webui import cards, listings
from webui.library import COMIC

blueprint = Blueprint("reader", __name__)


@blueprint.get(f"/read/{COMIC}")
def page(comic_id: int) -> ResponseReturnValue:
    """A comic, open for reading."""
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
        hidden = hidden_pages.numbers(connection, comic_id)
    if details is None:
        abort(404, "There is no such comic (any more).")
    count = details.comic.page_count or 1
    shown = [number for number in range(1, count + 1) if number - 1 not in hidden]
    asked = listings.number("page", 1, listings.LARGEST_ID) or 1
    at = min(bisect_left(shown, asked), len(shown) - 1)
    return render_template(
        "reader/page.html",
        comic=details.comic,
        details=details,
        number=cards.number_of(details.comic),
        count=count,
        page=shown[at],
        before=shown[at - 1] if at else None,
        after=shown[at + 1] if at + 1 < len(shown) else None,
    )
