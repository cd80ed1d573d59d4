"""When libraries are scanned by themselves: schedules, quiet hours, watching; the forms on a
library's page, and the same over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from db import libraries, library_times, quiet_hours, schedules
from db.engine import reading, writing
from db.library_times import TimesUnfit
from db.quiet_hours import HoursUnfit
from db.states import ScanKind
from webui import libraries as pages
from webui.auth import admin_required, render_problem
from webui.errors import Problem
from webui.json_body import json_object, text, yes_or_no
from webui.listings import LARGEST_ID

API = f"/api/libraries/<int(max={LARGEST_ID}):library_id>/times"

blueprint = Blueprint("library_times", __name__)


@blueprint.post(f"{pages.LIBRARY}/times")
@admin_required
def set_times(library_id: int) -> ResponseReturnValue:
    """What the form on a library's page says."""
    said = {kind: request.form.get(kind, "") for kind in schedules.KINDS}
    hours = request.form.get("quiet_hours", "")
    try:
        with writing() as connection:
            library_times.put(
                connection, library_id, rules=said, hours=hours, watch="watch" in request.form
            )
    except libraries.NoSuchLibrary as error:
        abort(404, str(error))
    except TimesUnfit as error:
        problem = Problem(422, "invalid", str(error))
        return render_problem("admin/library.html", problem, **pages.seen(library_id, request.form))
    return redirect(url_for("libraries.library", library_id=library_id, done="times"), 303)


@blueprint.post(f"{pages.LIBRARY}/time-stamps")
@admin_required
def rely_on_stamps(library_id: int) -> ResponseReturnValue:
    """Rely on the time stamps of folders again."""
    try:
        with writing() as connection:
            libraries.rely_on_stamps(connection, library_id)
    except libraries.NoSuchLibrary as error:
        abort(404, str(error))
    return redirect(url_for("libraries.library", library_id=library_id, done="time-stamps"), 303)


@blueprint.post("/libraries/quiet-hours")
@admin_required
def set_quiet_hours() -> ResponseReturnValue:
    """The quiet hours of all libraries that have none of their own."""
    hours = request.form.get("quiet_hours", "")
    try:
        with writing() as connection:
            quiet_hours.set_of_all(connection, hours)
    except HoursUnfit as error:
        problem = Problem(422, "invalid", str(error))
        told = pages.all_seen() | {"quiet_hours": hours}
        return render_problem("admin/libraries.html", problem, **told)
    return redirect(url_for("libraries.page", done="quiet-hours"), 303)


@blueprint.get(API)
@admin_required
def times(library_id: int) -> ResponseReturnValue:
    """A library's schedules, quiet hours, how it is watched, what is doubted."""
    with reading() as connection:
        return _told(connection, library_id)


@blueprint.put(API)
@admin_required
def put_times(library_id: int) -> ResponseReturnValue:
    """`{"schedules"?: {kind: rule or null}, "quiet_hours"?: text, "watch"?: yes or no}`; what is
    not named stays."""
    body = json_object()
    hours = text(body, "quiet_hours") if "quiet_hours" in body else None
    watch = yes_or_no(body, "watch") if "watch" in body else None
    with writing() as connection:
        _checked(
            lambda: library_times.put(
                connection, library_id, rules=_rules(body), hours=hours, watch=watch
            )
        )
        return _told(connection, library_id)


@blueprint.get("/api/quiet-hours")
@admin_required
def hours_of_all() -> ResponseReturnValue:
    with reading() as connection:
        return _hours_of_all(connection)


@blueprint.put("/api/quiet-hours")
@admin_required
def put_hours_of_all() -> ResponseReturnValue:
    """`{"hours": "22:00-07:00"}`; "" is for none."""
    hours = text(json_object(), "hours")
    with writing() as connection:
        _checked(lambda: quiet_hours.set_of_all(connection, hours))
        return _hours_of_all(connection)


def _hours_of_all(connection: Connection) -> dict[str, Any]:
    return {"hours": str(quiet_hours.of_all(connection) or "")}


def _told(connection: Connection, library_id: int) -> dict[str, Any]:
    try:
        found = libraries.get(connection, library_id)
    except libraries.NoSuchLibrary as error:
        raise Problem(404, "no_such_library", str(error)) from None
    return library_times.as_json(library_times.of(connection, found))


def _rules(body: dict[str, Any]) -> dict[ScanKind, str]:
    said = body.get("schedules", {})
    known = {one.value for one in schedules.KINDS}
    if not isinstance(said, dict) or not said.keys() <= known:
        kinds = " or ".join(f'"{one}"' for one in schedules.KINDS)
        raise Problem(422, "invalid", f'"schedules" is an object of rules for {kinds}.')
    return {ScanKind(kind): "" if said[kind] is None else text(said, kind) for kind in said}


def _checked(put: Callable[[], None]) -> None:
    """Do what was asked; raises Problem."""
    try:
        put()
    except libraries.NoSuchLibrary as error:
        raise Problem(404, "no_such_library", str(error)) from None
    except (TimesUnfit, HoursUnfit) as error:
        raise Problem(422, "invalid", str(error)) from None
