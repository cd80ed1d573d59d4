"""What one has read when, the journal of one's reading data, and taking all of it along.

The file that `/api/reading` gives and takes is described in docs/API.md.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import catalogue
from db.engine import reading, writing
from db.paths import display
from db.reading import journal, portable, restore, statistics
from db.reading.journal import Cause, Line
from db.reading.portable import BadFile, Item, Taken
from db.times import iso
from webui import as_json, listings
from webui.deeds import deed
from webui.errors import Problem

USUAL = 100
LARGEST_FILE = 64 << 20  # bytes
TAKEN_AT_ONCE = 200  # entries that one transaction takes in
LONGEST_SPAN = 366  # days in one answer
TOP_SERIES = 20

blueprint = Blueprint("history_api", __name__)


@blueprint.get("/api/history")
def history() -> ResponseReturnValue:
    """One's sittings, the latest first."""
    limit, cursor = listings.limit(USUAL), listings.cursor()
    with reading() as connection:
        page = statistics.history(connection, current_user.id, limit=limit, cursor=cursor)
        ids = {one.comic_id for one in page.items if one.comic_id is not None}
        found = catalogue.comics_by_ids(connection, sorted(ids))
        books = {one["id"]: one for one in as_json.books(connection, current_user.id, found)}
    items = [
        {
            "book": books.get(one.comic_id or 0),
            "title": one.title,
            "series_name": one.series_name,
            "device": one.device,
            "day": one.day,
            "started_at": iso(one.started_at),
            "ended_at": iso(one.ended_at),
            "first_page": one.lowest_page,
            "last_page": one.highest_page,
            "pages": one.pages,
            "seconds": one.seconds,
        }
        for one in page.items
    ]
    return {"items": items, "next": page.next}


@blueprint.get("/api/statistics")
def figures() -> ResponseReturnValue:
    """What one has read by day and by series, `?from=&to=` (days, the last 30 if not said)."""
    last = day_asked_for("to") or today()
    first = day_asked_for("from") or last - timedelta(days=29)
    if not 0 <= (last - first).days < LONGEST_SPAN:
        raise Problem(422, "invalid", f"from … to must be 1 to {LONGEST_SPAN} days.")
    with reading() as connection:
        totals = statistics.totals(connection, current_user.id, today())
        days = statistics.days(connection, current_user.id, first, last)
        top = statistics.top_series(connection, current_user.id, first, last, TOP_SERIES)
    return {
        "totals": {
            "books_read": totals.comics_read,
            "pages": totals.pages,
            "seconds": totals.seconds,
            "days": totals.days,
            "streak": totals.streak,
            "longest_streak": totals.longest_streak,
        },
        "days": [
            {
                "day": one.day.isoformat(),
                "pages": one.pages,
                "seconds": one.seconds,
                "books": one.comics,
            }
            for one in days
        ],
        "series": [
            {
                "id": one.series_id,
                "name": one.name,
                "pages": one.pages,
                "seconds": one.seconds,
                "books": one.comics,
            }
            for one in top
        ],
    }


@blueprint.get("/api/journal")
def journal_list() -> ResponseReturnValue:
    """Every change of one's reading data, the newest first."""
    limit = listings.limit(USUAL)
    before = listings.number("cursor", 1, listings.LARGEST_ID)
    with reading() as connection:
        lines = journal.newest(connection, current_user.id, limit=limit + 1, before_id=before)
    more = len(lines) > limit
    return {
        "items": [_line(one) for one in lines[:limit]],
        "next": str(lines[limit - 1].id) if more else None,
    }


@blueprint.post("/api/journal/<undone>/undo")
def undo(undone: str) -> ResponseReturnValue:
    """Take back all that was changed in one go; what has been changed since stays."""
    doing = deed(Cause.UNDO)
    with writing() as connection:
        changed, kept = restore.undo(connection, doing, undone)
    return {"changed": changed, "kept": kept, "deed": doing.id}


@blueprint.get("/api/reading")
def take_along() -> ResponseReturnValue:
    """All of one's reading data, as a file."""
    with reading() as connection:
        document = portable.exported(connection, current_user.id)
    response = Response(json.dumps(document, ensure_ascii=False), mimetype="application/json")
    name = f"longbox-reading-{today().isoformat()}.json"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/api/reading")
def bring_in() -> ResponseReturnValue:
    """Take in such a file, as the body or as the form's file; doing it again changes nothing."""
    request.max_content_length = LARGEST_FILE
    uploaded = request.files.get("file")
    data = uploaded.read() if uploaded else request.get_data()
    taken = take_in(data)
    return {"changed": taken.changed, "same": taken.same, "awaited": taken.awaited}


def take_in(data: bytes) -> Taken:
    """Take in a file's content; raises Problem."""
    try:
        items = portable.read(json.loads(data))
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, BadFile) else "The file is not JSON."
        raise Problem(422, "bad_file", message) from None
    with reading() as connection:
        located = portable.locate(connection, items)
    doing = deed(Cause.IMPORT)
    taken = Taken()
    for some in _portions(items):
        with writing() as connection:
            taken += portable.take_in(connection, doing, some, located)
    return taken


def today() -> date:
    return datetime.now(UTC).date()


def day_asked_for(name: str) -> date | None:
    """A day of the address, None when it is not there; raises Problem."""
    value = listings.words(name)
    if value is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise Problem(422, "invalid", f"{name} must be a day like 2026-11-21.") from None


def _portions(items: list[Item]) -> list[list[Item]]:
    return [items[start : start + TAKEN_AT_ONCE] for start in range(0, len(items), TAKEN_AT_ONCE)]


def _line(one: Line) -> dict[str, Any]:
    entry, subject = one.change.entry, one.subject
    return {
        "id": one.id,
        "at": iso(one.at),
        "deed": one.deed,
        "cause": one.cause,
        "kind": entry.kind,
        "name": entry.name,
        "book": entry.comic_id,
        "series": entry.series_id,
        "library": subject and subject.library,
        "path": subject and display(subject.path),
        "before": one.change.before,
        "after": one.change.after,
        "device": one.device,
    }
