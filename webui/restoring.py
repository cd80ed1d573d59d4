"""The admin's page that brings somebody's reading data back to how it was at a moment.

It first shows what would be changed. The restore is in that person's own journal, who can take it
back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import users
from db.engine import reading, writing
from db.reading import journal, restore, subjects, telling
from db.reading.journal import Cause, Change, Deed, Line
from db.times import iso
from webui.auth import admin_required
from webui.deeds import here
from webui.errors import Problem
from webui.users import USER

SHOWN = 100  # changes that are listed one by one
LINES = 30  # of the journal, to find the moment by

blueprint = Blueprint("restoring", __name__)


@blueprint.get(f"{USER}/reading")
@admin_required
def page(user_id: int) -> ResponseReturnValue:
    """The journal's newest lines; with `?to=`, what it takes to go back to that moment."""
    moment = _moment(request.args.get("to"))
    with reading() as connection:
        user = _user(connection, user_id)
        values: dict[str, Any] = {
            "user": user,
            "lines": [_line(one) for one in journal.newest(connection, user_id, limit=LINES)],
            "done": request.args.get("done", type=int),
        }
        if moment is not None:
            planned = restore.plan(connection, user_id, moment)
            values |= {
                "to": _typed(moment),
                "plan": planned,
                "shown": _changes(connection, planned.changes[:SHOWN]),
            }
    return render_template("admin/reading.html", **values)


@blueprint.post(f"{USER}/reading")
@admin_required
def bring_back(user_id: int) -> ResponseReturnValue:
    moment = _moment(request.form.get("to"))
    if moment is None:
        raise Problem(422, "invalid", "Say which moment to go back to.")
    with writing() as connection:
        _user(connection, user_id)
        planned = restore.plan(connection, user_id, moment)
        device = f"{current_user.name}, {here()}"
        restore.carry_out(connection, Deed(user_id, Cause.RESTORE, device), planned)
    address = url_for("restoring.page", user_id=user_id, done=len(planned.changes))
    return redirect(address, 303)


def _user(connection: Connection, user_id: int) -> users.User:
    try:
        return users.get(connection, user_id)
    except users.NoSuchUser as error:
        abort(404, str(error))


def _moment(text: str | None) -> float | None:
    """What a browser's field for a moment says, in UTC; raises Problem."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        raise Problem(422, "invalid", "This is no moment such as 2026-11-21 14:30.") from None


def _typed(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _line(one: Line) -> dict[str, Any]:
    return {
        "at": iso(one.at),
        "before": _typed(int(one.at) - 1),
        "about": telling.subject_of(one),
        "words": telling.words(one.change),
        "cause": telling.CAUSES[one.cause],
    }


def _changes(connection: Connection, changes: list[Change]) -> list[tuple[str, str]]:
    """What each change is about, and what it is."""
    comics = subjects.of_comics(
        connection, (one.entry.comic_id for one in changes if one.entry.comic_id is not None)
    )
    series = subjects.of_series(
        connection, (one.entry.series_id for one in changes if one.entry.series_id is not None)
    )
    about = [
        comics.get(one.entry.comic_id or 0) or series.get(one.entry.series_id or 0)
        for one in changes
    ]
    return [
        (telling.path_of(subject), telling.words(one))
        for one, subject in zip(changes, about, strict=True)
    ]
