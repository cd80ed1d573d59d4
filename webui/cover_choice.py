"""The pages on which an admin chooses what stands for a series, or for a comic.

Every candidate is a button of one form, so the page works without a script. What is chosen is
written by `webui/artwork.py`.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import catalogue, cover_choices
from db.cover_choices import CannotChoose
from db.engine import reading, writing
from stages.formats import FormatError
from webui import artwork, cards, listings
from webui.auth import admin_required
from webui.errors import Problem, answer

ON_PAGE = 48  # covers of a series' comics, or pages of a comic

SERIES = f"/series/<int(max={listings.LARGEST_ID}):series_id>/cover"
COMIC = f"/comic/<int(max={listings.LARGEST_ID}):comic_id>/cover"

blueprint = Blueprint("cover_choice", __name__)


@blueprint.errorhandler(CannotChoose)
@blueprint.errorhandler(FormatError)
def refuse(error: CannotChoose | FormatError) -> ResponseReturnValue:
    return answer(Problem(422, "cannot_choose", str(error)))


@blueprint.get(SERIES)
@admin_required
def of_series(series_id: int) -> ResponseReturnValue:
    """The pictures beside a series' comics, and the covers of those."""
    with reading() as connection:
        details = catalogue.series_details(connection, series_id)
        shown = cover_choices.of_series(connection, series_id)
        if details is None or shown is None:
            abort(404, "There is no such series (any more).")
        pictures = cover_choices.beside_series(connection, series_id)
        page = catalogue.comics_page(
            connection, "number", series_id=series_id, limit=ON_PAGE, cursor=listings.cursor()
        )
    name, _year = cards.split_year(details.series.name)
    return render_template(
        "library/series_cover.html",
        name=name,
        back=url_for("library.series", series_id=series_id),
        card=cards.of_series(details.series),
        shown=shown,
        pictures=pictures,
        comics=[cards.of_comic(one, in_series=True) for one in page.items],
        next=page.next,
    )


@blueprint.post(SERIES)
@admin_required
def choose_for_series(series_id: int) -> ResponseReturnValue:
    """Choose `artwork-ID` or `comic-ID`, or nothing to leave it to Longbox."""
    kind, one = _choice("artwork", "comic")
    with writing() as connection:
        if cover_choices.of_series(connection, series_id) is None:
            abort(404, "There is no such series (any more).")
        match kind:
            case "artwork":
                cover_choices.choose_artwork(connection, artwork_id=one, series_id=series_id)
            case "comic":
                cover_choices.choose_comic(connection, series_id, one)
            case _:
                cover_choices.reset(connection, series_id=series_id)
    return redirect(url_for("library.series", series_id=series_id), 303)


@blueprint.get(COMIC)
@admin_required
def of_comic(comic_id: int) -> ResponseReturnValue:
    """The pictures beside a comic, and its pages from `?from=` on, which counts from 1."""
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
        shown = cover_choices.of_comic(connection, comic_id)
        if details is None or shown is None:
            abort(404, "There is no such comic (any more).")
        pictures = cover_choices.beside_comic(connection, comic_id)
    comic = details.comic
    card = cards.of_comic(comic)
    count = 0 if card.is_missing else comic.page_count or 0
    first = (listings.number("from", 1, max(count, 1)) or 1) - 1
    return render_template(
        "library/comic_cover.html",
        comic=comic,
        name=f"{card.name} {cards.of_comic(comic, in_series=True).name}",
        back=url_for("library.comic", comic_id=comic_id),
        card=card,
        shown=shown,
        own_page=details.facts["cover_page"],
        pictures=pictures,
        count=count,
        numbers=range(first, min(first + ON_PAGE, count)),
        following=first + ON_PAGE + 1 if first + ON_PAGE < count else None,
    )


@blueprint.post(COMIC)
@admin_required
def choose_for_comic(comic_id: int) -> ResponseReturnValue:
    """Choose `artwork-ID` or `page-NUMBER` (from 1), or nothing to leave it to Longbox."""
    kind, one = _choice("artwork", "page")
    match kind:
        case "artwork":
            artwork.choose_picture(comic_id, one)
        case "page":
            artwork.choose_page(comic_id, one - 1)
        case _:
            artwork.reset_book_cover(comic_id)
    return redirect(url_for("library.comic", comic_id=comic_id), 303)


def _choice(*kinds: str) -> tuple[str, int]:
    """The button that was pressed: its kind and number; ("", 0) for the one without."""
    chosen = request.form.get("choice", "")
    if chosen == "number":  # the one beside the field for a page's number
        chosen = f"page-{request.form.get('number', '').strip()}"
    kind, _, number = chosen.partition("-")
    if not chosen:
        return "", 0
    if kind not in kinds or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Problem(422, "invalid", "Choose one of the pictures, or the number of a page.")
    if int(number) < 1:
        raise Problem(422, "invalid", "Pages count from 1.")
    return kind, int(number)
