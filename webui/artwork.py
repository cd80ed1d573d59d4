"""Pictures that stand for series and comics: handed out, listed for choosing, and chosen, as JSON.

The picture itself has an address of its own that never means another, so it is kept for ever. The
page on which a person chooses is `webui/cover_choice.py`.
"""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from db import artwork, cover_choices, kept_pictures, readable
from db.cover_choices import Candidate, CannotChoose, Shown
from db.engine import reading, writing
from db.kept_pictures import Picture
from stages.formats import FormatError
from stages.formats.picture_kinds import page_media_type, size_of
from webui import pages
from webui.auth import admin_required
from webui.errors import Problem, answer
from webui.json_body import json_object, whole
from webui.listings import LARGEST_ID

FOR_EVER = "private, max-age=31536000, immutable"
WALL_WIDTH, WIDTH = 300, 1600  # pixels of a comic's page that is kept as its cover
MOST_PAGES = 1_000_000

SERIES = f"/api/series/<int(max={LARGEST_ID}):series_id>/cover"
BOOK = f"/api/books/<int(max={LARGEST_ID}):comic_id>/cover"

blueprint = Blueprint("artwork", __name__)


@blueprint.errorhandler(CannotChoose)
def refuse(error: CannotChoose) -> ResponseReturnValue:
    return answer(Problem(422, "cannot_choose", str(error)))


@blueprint.errorhandler(FormatError)
def tell(error: FormatError) -> ResponseReturnValue:
    return answer(Problem(422, error.error_class, str(error)))


# ---- pictures


@blueprint.get(f"/api/artwork/<int(max={LARGEST_ID}):artwork_id>")
def picture(artwork_id: int) -> ResponseReturnValue:
    """A picture as walls show it; with `?size=full` as it is kept."""
    found = handed_out(artwork_id, FOR_EVER, in_full=request.args.get("size") == "full")
    return found or abort(404, "There is no such picture (any more).")


def handed_out(artwork_id: int, caching: str, *, in_full: bool = False) -> Response | None:
    """A kept picture as an answer; None when there is none."""
    with reading() as connection:
        kept = artwork.get(connection, artwork_id)
    if kept is None:
        return None
    if in_full:
        file = kept_pictures.picture_file(kept.sha256, kept.media_type)
    else:
        file = kept_pictures.cover_file(kept.sha256)
    try:
        content = file.read_bytes()
    except OSError:  # a full scan keeps it anew
        return None
    response = Response(content, mimetype=page_media_type(content))
    response.set_etag(file.stem)
    response.headers["Cache-Control"] = caching
    response.make_conditional(request)
    return response


def address(artwork_id: int) -> str:
    """Where a picture is for ever, as walls show it."""
    return url_for("artwork.picture", artwork_id=artwork_id)


# ---- choices


@blueprint.get(SERIES)
def series_cover(series_id: int) -> ResponseReturnValue:
    """What stands for a series, and the pictures that lie beside its comics."""
    with reading() as connection:
        shown = cover_choices.of_series(connection, series_id) or _no_series()
        return _told(shown, cover_choices.beside_series(connection, series_id))


@blueprint.put(SERIES)
@admin_required
def choose_series_cover(series_id: int) -> ResponseReturnValue:
    """Choose `{"artwork": id}`, or `{"book": id}` for the cover of one of its comics."""
    body = json_object()
    of_comic = "artwork" not in body
    one = whole(body, "book" if of_comic else "artwork", 1, LARGEST_ID)
    with writing() as connection:
        if cover_choices.of_series(connection, series_id) is None:
            _no_series()
        if of_comic:
            cover_choices.choose_comic(connection, series_id, one)
        else:
            cover_choices.choose_artwork(connection, artwork_id=one, series_id=series_id)
    return series_cover(series_id)


@blueprint.delete(SERIES)
@admin_required
def reset_series_cover(series_id: int) -> ResponseReturnValue:
    """Let the series show again what it shows by itself."""
    with writing() as connection:
        if cover_choices.of_series(connection, series_id) is None:
            _no_series()
        cover_choices.reset(connection, series_id=series_id)
    return series_cover(series_id)


@blueprint.get(BOOK)
def book_cover(comic_id: int) -> ResponseReturnValue:
    """What stands for a comic, and the pictures that lie beside it."""
    with reading() as connection:
        shown = cover_choices.of_comic(connection, comic_id) or _no_comic()
        return _told(shown, cover_choices.beside_comic(connection, comic_id))


@blueprint.put(BOOK)
@admin_required
def choose_book_cover(comic_id: int) -> ResponseReturnValue:
    """Choose `{"artwork": id}`, or `{"page": number}` for one of its pages, from 0."""
    body = json_object()
    if "artwork" in body:
        choose_picture(comic_id, whole(body, "artwork", 1, LARGEST_ID))
    else:
        choose_page(comic_id, whole(body, "page", 0, MOST_PAGES))
    return book_cover(comic_id)


@blueprint.delete(BOOK)
@admin_required
def reset_book_cover(comic_id: int) -> ResponseReturnValue:
    """Let the comic show again what it shows by itself."""
    with writing() as connection:
        if cover_choices.of_comic(connection, comic_id) is None:
            _no_comic()
        cover_choices.reset(connection, comic_id=comic_id)
    return book_cover(comic_id)


def choose_picture(comic_id: int, artwork_id: int) -> None:
    """Let a kept picture stand for a comic; raises CannotChoose."""
    with writing() as connection:
        if cover_choices.of_comic(connection, comic_id) is None:
            _no_comic()
        cover_choices.choose_artwork(connection, artwork_id=artwork_id, comic_id=comic_id)


def choose_page(comic_id: int, page_number: int) -> None:
    """Let one of its pages stand for a comic; raises FormatError or Problem."""
    with reading() as connection:
        own = cover_choices.own_cover_page(connection, comic_id)
        if own is None or readable.find(connection, comic_id) is None:
            _no_comic()
    if page_number == own:
        with writing() as connection:
            cover_choices.choose_own_cover(connection, comic_id)
        return
    kept = _keep(*(pages.picture_of(comic_id, page_number, width) for width in (WIDTH, WALL_WIDTH)))
    with writing() as connection:
        artwork_id = artwork.keep(connection, kept)
        cover_choices.choose_artwork(connection, artwork_id=artwork_id, comic_id=comic_id)


def _keep(content: bytes, for_walls: bytes) -> Picture:
    """The files of a picture that was made here."""
    sha256 = hashlib.sha256(content).hexdigest()
    media_type = page_media_type(content)
    kept_pictures.put(kept_pictures.cover_file(sha256), for_walls)
    kept_pictures.put(kept_pictures.picture_file(sha256, media_type), content)
    width, height = size_of(content) or (0, 0)
    return Picture(sha256, media_type, width, height, len(content))


def _told(shown: Shown, candidates: list[Candidate]) -> dict[str, Any]:
    return {
        "artwork": shown.artwork_id,
        "book": shown.comic_id,
        "chosen": shown.chosen,
        "pictures": [
            {
                "artwork": one.artwork_id,
                "role": one.role,
                "file": one.file_name,
                "book": one.comic_id,
                "width": one.width,
                "height": one.height,
            }
            for one in candidates
        ],
    }


def _no_series() -> NoReturn:
    abort(404, "There is no such series (any more).")


def _no_comic() -> NoReturn:
    abort(404, "There is no such comic (any more).")
