"""How far one has read, for programs and the reader: reports, marking, what to read next.

A report is answered when it is on disk. Reports may come late, twice and in any order: see
`db.reading.progress`, which makes one truth of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db.engine import reading, writing
from db.reading import progress, shelves, subjects, words
from db.reading.journal import Cause, Deed
from db.reading.progress import Progress, Report
from db.times import now
from webui import as_json, listings
from webui.deeds import LONGEST_DEVICE, deed, here
from webui.errors import Problem
from webui.json_body import json_object, moment, optional_text, whole, yes_or_no

MOST_REPORTS = 200
MARKED_AT_ONCE = 200  # comics that one transaction marks
USUAL = 20
LONGEST_DAY = 86_400  # seconds
EARLIEST = 946_684_800.0  # no comic was read here before the year 2000
A_DAY_IN_MINUTES = 24 * 60
LONGEST_SESSION = 80

BOOK = f"<int(max={listings.LARGEST_ID}):comic_id>"
SERIES = f"<int(max={listings.LARGEST_ID}):series_id>"

blueprint = Blueprint("progress_api", __name__)


@blueprint.get(f"/api/progress/{BOOK}")
def get(comic_id: int) -> ResponseReturnValue:
    """How far one has read a comic; page 0 and no `read_at` when one has not."""
    with reading() as connection:
        subjects.page_count_of(connection, comic_id)
        return _told(comic_id, progress.find(connection, current_user.id, comic_id))


@blueprint.put(f"/api/progress/{BOOK}")
def put(comic_id: int) -> ResponseReturnValue:
    """One report; answers where the comic stands, which may be what another device has said."""
    body = json_object()
    report = _report(body | {"book": comic_id}, _clock(body))
    stands, refused = _take([report])
    if refused:
        raise refused[comic_id]
    return _told(comic_id, stands[comic_id])


@blueprint.post("/api/progress")
def post() -> ResponseReturnValue:
    """Many reports at once, as a reader that was offline has them; each has an answer."""
    body = json_object()
    items = body.get("items")
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise Problem(422, "invalid", 'The request needs "items", a list of reports.')
    if len(items) > MOST_REPORTS:
        raise Problem(422, "too_many", f"At most {MOST_REPORTS} reports at once, please.")
    clock = _clock(body)
    reports: list[Report | Problem] = [_report_or_problem(one, clock) for one in items]
    stands, refused = _take([one for one in reports if isinstance(one, Report)])
    answers = []
    for item, one in zip(items, reports, strict=True):
        problem = one if isinstance(one, Problem) else refused.get(one.comic_id)
        if isinstance(one, Report) and problem is None:
            answers.append(_told(one.comic_id, stands[one.comic_id]))
        elif problem is not None:
            error = {"code": problem.name_for_programs, "message": problem.description}
            answers.append({"book": item.get("book"), "error": error})
    return {"items": answers}


@blueprint.delete(f"/api/progress/{BOOK}")
def delete(comic_id: int) -> ResponseReturnValue:
    """Nothing of the comic is read; what was read before now does not count any more."""
    return _marked([comic_id], read=False)


@blueprint.post(f"/api/books/{BOOK}/read")
def mark_read(comic_id: int) -> ResponseReturnValue:
    return _marked([comic_id], read=True)


@blueprint.post(f"/api/books/{BOOK}/unread")
def mark_unread(comic_id: int) -> ResponseReturnValue:
    return _marked([comic_id], read=False)


@blueprint.post(f"/api/books/{BOOK}/read-before")
def mark_all_before(comic_id: int) -> ResponseReturnValue:
    """Everything that comes before a comic in its series is read."""
    with reading() as connection:
        subjects.page_count_of(connection, comic_id)
        ids = shelves.before(connection, comic_id)
    return _marked(ids, read=True)


@blueprint.post(f"/api/series/{SERIES}/read")
def mark_series_read(series_id: int) -> ResponseReturnValue:
    return _marked(_of_series(series_id), read=True)


@blueprint.post(f"/api/series/{SERIES}/unread")
def mark_series_unread(series_id: int) -> ResponseReturnValue:
    return _marked(_of_series(series_id), read=False)


@blueprint.get("/api/continue")
def continue_reading() -> ResponseReturnValue:
    """What one has begun and not finished, the latest first."""
    limit = listings.limit(USUAL)
    with reading() as connection:
        found = shelves.continue_reading(connection, current_user.id, limit)
        return {"items": as_json.books(connection, current_user.id, found)}


@blueprint.get("/api/on-deck")
def on_deck() -> ResponseReturnValue:
    """The next unread comic of each series that one reads, the latest first."""
    limit = listings.limit(USUAL)
    with reading() as connection:
        found = shelves.on_deck(connection, current_user.id, limit)
    return {"items": [as_json.book(one.comic) | {"after": one.after_id} for one in found]}


def _take(reports: Sequence[Report]) -> tuple[dict[int, Progress], dict[int, Problem]]:
    """Take reports in, in one transaction; answers where comics stand, and what cannot be."""
    if not reports:
        return {}, {}
    with writing() as connection:
        doing = deed(Cause.READ, reports[0].device)
        stands = progress.report(connection, doing, reports)
    gone = Problem(404, "not_found", "There is no such comic (any more).")
    return stands, {one.comic_id: gone for one in reports if one.comic_id not in stands}


def _marked(comic_ids: Sequence[int], *, read: bool) -> ResponseReturnValue:
    doing = deed()
    return {"changed": mark(doing, comic_ids, read=read), "deed": doing.id}


def mark(doing: Deed, comic_ids: Sequence[int], *, read: bool) -> int:
    """Mark comics read or unread, some hundred to a transaction; answers how many that changed."""
    changed = 0
    for start in range(0, len(comic_ids), MARKED_AT_ONCE):
        with writing() as connection:
            some = comic_ids[start : start + MARKED_AT_ONCE]
            changed += len(progress.mark(connection, doing, some, read=read))
    return changed


def _of_series(series_id: int) -> list[int]:
    with reading() as connection:
        subjects.require_series(connection, series_id)
        return shelves.of_series(connection, series_id)


def _told(comic_id: int, read: Progress | None) -> dict[str, Any]:
    return {"book": comic_id} | as_json.progress_told(read or Progress())


def _clock(body: dict[str, Any]) -> float:
    """By how much the sender's clock is behind ours, in seconds."""
    sent_at = moment(body, "sent_at")
    return 0.0 if sent_at is None else now() - sent_at


def _report_or_problem(item: dict[str, Any], behind: float) -> Report | Problem:
    try:
        return _report(item, behind)
    except Problem as problem:
        return problem


def _report(item: dict[str, Any], behind: float) -> Report:
    """A report in the sender's words; raises Problem."""
    comic_id = whole(item, "book", 1, listings.LARGEST_ID)
    count = whole(item, "page_count", 0, words.LARGEST_PAGE, 0)
    last = count - 1 if count else words.LARGEST_PAGE
    at = moment(item, "at")
    present = now()
    if at is None:
        at = present
    return Report(
        comic_id=comic_id,
        page=whole(item, "page", 0, last),
        at=min(max(at + behind, EARLIEST), present),
        page_count=count or None,
        completed=yes_or_no(item, "completed"),
        device=_short(item, "device", LONGEST_DEVICE) or here(),
        session=_short(item, "session", LONGEST_SESSION),
        sequence=whole(item, "sequence", 0, 2**31, 0),
        pages=whole(item, "pages", 0, words.LARGEST_PAGE, -1) if "pages" in item else None,
        seconds=whole(item, "seconds", 0, LONGEST_DAY, 0),
        utc_offset=whole(item, "utc_offset", -A_DAY_IN_MINUTES, A_DAY_IN_MINUTES, 0),
    )


def _short(item: dict[str, Any], field: str, longest: int) -> str:
    value = optional_text(item, field)
    if len(value) > longest or not value.isprintable():
        raise Problem(422, "invalid", f'"{field}" may have at most {longest} characters.')
    return value
