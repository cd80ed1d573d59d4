"""The trash: comics whose files are gone, what hangs on them, and purging those that are chosen.

For admins. The page shows series, and the comics of one; a form of checkboxes leads to a page that
says what would be lost, and only that one's button purges. The first few are purged in the request,
what is many by the worker.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import libraries, purges, report, trash
from db.engine import reading, writing
from db.purges import Preview, Purge
from db.reading import at_stake
from db.times import iso, now
from db.trash import Choice, TrashedComic
from webui import listings
from webui.auth import admin_required
from webui.errors import Problem, answer
from webui.json_body import json_object, text

blueprint = Blueprint("trash", __name__)

USUAL_ITEMS = 100
ON_PAGE = 60
SHOWN_IN_PREVIEW = 20
MOST_CHOSEN = 500  # comics or series named in one request
AGES = {"": "however long", "7": "a week", "30": "a month", "90": "three months", "365": "a year"}
OLDEST = 36_500  # days


@blueprint.errorhandler(purges.PurgeError)
def refuse(error: purges.PurgeError) -> ResponseReturnValue:
    if isinstance(error, purges.NoSuchPurge):
        return answer(Problem(404, "no_such_purge", str(error)))
    return answer(Problem(422, "nothing_chosen", str(error)))


# ---- the API


@blueprint.get("/api/trash")
@admin_required
def comic_list() -> ResponseReturnValue:
    """Comics whose files are gone; `?library=`, `?series=`, `?path=` a glob, `?missing_for=`."""
    limit = listings.limit(USUAL_ITEMS)
    series_id = listings.number("series", 1, listings.LARGEST_ID)
    choice = Choice(
        library_id=listings.number("library", 1, listings.LARGEST_ID),
        series_ids=() if series_id is None else (series_id,),
        path=listings.words("path"),
        gone_before=_before(listings.number("missing_for", 0, OLDEST)),
    )
    with reading() as connection:
        page = trash.comics_page(connection, choice, limit=limit, cursor=listings.cursor())
        stakes = at_stake.of_comics(connection, [one.id for one in page.items])
    items = [
        _comic_json(one, stakes[one.id].people if one.id in stakes else 0) for one in page.items
    ]
    return {"items": items, "next": page.next}


@blueprint.post("/api/trash/purge")
@admin_required
def purge() -> ResponseReturnValue:
    """Purge what fits all that is given, or with `dry_run` say what that would be.

    `{"comics"?: [id], "series"?: [id], "library"?: id, "path"?: glob, "missing_for"?: days,
    "all"?: true, "reading"?: true, "dry_run"?: true}` → 202 `{"purge"}`, or 200 `{"preview"}`.
    """
    body = json_object()
    choice = _choice_of_json(body)
    if body.get("dry_run"):
        with reading() as connection:
            return {"preview": _preview_json(purges.preview(connection, choice))}
    return {"purge": _purge_json(_begin(choice))}, 202


@blueprint.get(f"/api/trash/purges/<int(max={listings.LARGEST_ID}):purge_id>")
@admin_required
def purge_status(purge_id: int) -> ResponseReturnValue:
    """How far a purge is."""
    with reading() as connection:
        return {"purge": _purge_json(purges.get(connection, purge_id))}


# ---- the pages


@blueprint.get("/trash")
@admin_required
def page() -> ResponseReturnValue:
    """The series with comics in the trash; with `?of=`, the comics of one."""
    choice = _choice_of_query()
    series_id = listings.number("of", 1, listings.LARGEST_ID)
    if series_id is not None:
        choice = replace(choice, series_ids=(series_id,))
    cursor = listings.cursor()
    shown: dict[str, Any] = {}
    with reading() as connection:
        if series_id is None:
            found = trash.series_page(connection, choice, limit=ON_PAGE, cursor=cursor)
            shown["series"], shown["next"] = found.items, found.next
            shown["read"] = purges.read_in_series(connection, [one.id for one in found.items])
        else:
            comics = trash.comics_page(connection, choice, limit=ON_PAGE, cursor=cursor)
            shown["comics"], shown["next"] = comics.items, comics.next
            shown["stakes"] = at_stake.of_comics(connection, [one.id for one in comics.items])
        shown["amount"] = trash.amount(connection, choice)
        shown["libraries"] = libraries.listing(connection)
        if purge_id := listings.number("purge", 1, listings.LARGEST_ID):
            shown["purge"] = purges.get(connection, purge_id)
    return render_template("admin/trash.html", **shown, **_words(), of=series_id)


@blueprint.get("/trash/purge")
@admin_required
def preview_page() -> ResponseReturnValue:
    """What purging the chosen comics would forget, and the button that does it."""
    choice = _choice_of_query(even_if_read=True)
    if not _is_chosen(choice):
        query = urlencode(_filters() | {"nothing": "1"})
        return redirect(f"{url_for('trash.page')}?{query}", 303)
    with reading() as connection:
        whole = purges.preview(connection, choice)
        unread = purges.preview(connection, replace(choice, even_if_read=False))
        first = trash.comics_page(connection, choice, limit=SHOWN_IN_PREVIEW)
    query = urlencode(request.args.to_dict(flat=False) | {"seen": int(now()) + 1}, doseq=True)
    address = f"{request.script_root}{request.path}?{query}"
    return render_template(
        "admin/purge.html", whole=whole, unread=unread, first=first, address=address, **_words()
    )


@blueprint.post("/trash/purge")
@admin_required
def purge_by_form() -> ResponseReturnValue:
    """Purge what the address chooses, as it was when the preview was seen."""
    choice = _choice_of_query(even_if_read=bool(request.form.get("even_if_read")))
    if not _is_chosen(choice):
        raise Problem(422, "nothing_chosen", "Choose first which comics to purge.")
    return redirect(url_for("trash.page", purge=_begin(choice).id), 303)


# ---- what they do


def _begin(choice: Choice) -> Purge:
    """Write the wish down, and begin with it; what is many is left to the worker."""
    with writing() as connection:
        purge_id = purges.ask(connection, choice, current_user.name)
        purges.purge_some(connection, purges.get(connection, purge_id), purges.START)
        return purges.get(connection, purge_id)


def _comic_json(one: TrashedComic, readers: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "path": one.path,
        "library": {"id": one.library_id, "name": one.library},
        "series": {"id": one.series_id, "name": one.series},
        "size": one.size,
        "pages": one.page_count,
        "missing_since": iso(one.since),
        "readers": readers,
    }


def _preview_json(preview: Preview) -> dict[str, int]:
    return {
        "comics": preview.comics,
        "series": preview.series,
        "size": preview.size,
        "readers": preview.people,
        "kept": preview.kept,
    }


def _purge_json(one: Purge) -> dict[str, Any]:
    return {
        "id": one.id,
        "total": one.total,
        "purged": one.purged,
        "requested_by": one.requested_by,
        "created_at": iso(one.created_at),
        "completed_at": iso(one.completed_at),
    }


def _words() -> dict[str, Any]:
    return {"report": report, "iso": iso, "ages": AGES, "filters": _filters()}


# ---- what a request says


def _filters() -> dict[str, str]:
    """The fields of the page's filter that are set."""
    names = ("library", "path", "missing_for")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _choice_of_query(*, even_if_read: bool = False) -> Choice:
    words = listings.words("path")
    before = _before(listings.number("missing_for", 0, OLDEST))
    seen = listings.number("seen", 0, listings.LARGEST_ID)
    return Choice(
        library_id=listings.number("library", 1, listings.LARGEST_ID),
        series_ids=_ids(request.args.getlist("series")),
        comic_ids=_ids(request.args.getlist("comic")),
        path=None if words is None else _glob(words),
        gone_before=min((one for one in (before, seen) if one is not None), default=None),
        even_if_read=even_if_read,
    )


def _choice_of_json(body: dict[str, Any]) -> Choice:
    choice = Choice(
        library_id=_number(body, "library"),
        series_ids=_ids(body.get("series", [])),
        comic_ids=_ids(body.get("comics", [])),
        path=text(body, "path") if "path" in body else None,
        gone_before=_before(_number(body, "missing_for")),
        even_if_read=body.get("reading") is True,
    )
    if replace(choice, even_if_read=False) == Choice() and body.get("all") is not True:
        raise Problem(422, "nothing_chosen", 'Say which comics, or "all": true.')
    return choice


def _is_chosen(choice: Choice) -> bool:
    """Whether a person has chosen on the page: single ones, or all that the filter leaves."""
    return bool(choice.comic_ids or choice.series_ids or request.args.get("all"))


def _ids(values: Any) -> tuple[int, ...]:
    """Ids out of an address or of JSON; raises Problem."""
    if not isinstance(values, list) or len(values) > MOST_CHOSEN:
        raise Problem(422, "invalid", f"Name at most {MOST_CHOSEN} at a time, in a list.")
    if not all(re.fullmatch("[0-9]{1,18}", str(one)) for one in values):
        raise Problem(422, "invalid", "A comic or series is named by its number.")
    return tuple(int(one) for one in values)


def _number(body: dict[str, Any], field: str) -> int | None:
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Problem(422, "invalid", f'"{field}" must be a whole number.')
    return value


def _before(days: int | None) -> float | None:
    return None if days is None else now() - days * purges.DAY


def _glob(words: str) -> str:
    """The glob for what a person types: as it is, or as a part of the path in any case."""
    if set(words) & set("*?["):
        return words
    letters = (f"[{one.lower()}{one.upper()}]" if one.isalpha() else one for one in words)
    return f"*{''.join(letters)}*"
