"""The admin's pages for libraries: adding, moving, removing, and what their scans pass over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from db import jobs, libraries, library_times, quiet_hours, report, scan_requests
from db.engine import reading, writing
from db.paths import display
from db.states import ScanKind
from db.times import now
from pipeline import tasks
from webui import option_forms
from webui.auth import admin_required, render_problem
from webui.errors import Problem
from webui.listings import LARGEST_ID

LIBRARY = f"/libraries/<int(max={LARGEST_ID}):library_id>"

blueprint = Blueprint("libraries", __name__)

DONE = {
    "added": "The library is added. Scan it when you like.",
    "scanning": "The library is added, and its first scan has begun.",
    "moved": "The library is moved. The next scan looks at every folder of it.",
    "patterns": "The ignore patterns are kept. They hold from the next scan on.",
    "loose-folders": "The choice is kept. It holds from the next scan on.",
    "scan-options": "The options are kept. Scans of this library have them unless told otherwise.",
    "times": "The times are kept.",
    "time-stamps": "The next scan lists every folder; those behind it rely on time stamps again.",
    "quiet-hours": "The quiet hours are kept.",
    "removed": "The library is removed. Its files are where they were.",
}


@blueprint.get("/libraries")
@admin_required
def page() -> ResponseReturnValue:
    done = request.args.get("done", "")
    return render_template("admin/libraries.html", **all_seen(), done=DONE.get(done), begun=done)


@blueprint.post("/libraries")
@admin_required
def add() -> ResponseReturnValue:
    job_id = None
    try:
        folder = folder_of_form()
        with writing() as connection:
            library = libraries.add(
                connection,
                folder,
                request.form.get("name", "").strip(),
                loose_folders="loose_folders" in request.form,
            )
            if request.form.get("scan"):
                job_id = jobs.request_scan(
                    connection, library.id, ScanKind.QUICK, {}, current_user.name
                )
    except libraries.LibraryError as error:
        form = {
            "folder": request.form.get("folder", ""),
            "name": request.form.get("name", ""),
            "loose_folders": "loose_folders" in request.form,
        }
        return render_problem("admin/libraries.html", _problem(error), **all_seen(), **form)
    if job_id is not None:
        tasks.ring(job_id)
    return _to_all("added" if job_id is None else "scanning")


@blueprint.get(LIBRARY)
@admin_required
def library(library_id: int) -> ResponseReturnValue:
    done = DONE.get(request.args.get("done", ""))
    return render_template("admin/library.html", **seen(library_id), done=done)


@blueprint.post(f"{LIBRARY}/move")
@admin_required
def move(library_id: int) -> ResponseReturnValue:
    try:
        folder = folder_of_form()
        with writing() as connection:
            libraries.move(connection, library_id, folder)
    except libraries.LibraryError as error:
        given = request.form.get("folder", "")
        return render_problem(
            "admin/library.html", _problem(error), **seen(library_id), folder=given
        )
    return _to_one(library_id, "moved")


@blueprint.post(f"{LIBRARY}/ignore-patterns")
@admin_required
def set_ignore_patterns(library_id: int) -> ResponseReturnValue:
    patterns = request.form.get("patterns", "")
    try:
        with writing() as connection:
            libraries.set_ignore_patterns(connection, library_id, patterns.splitlines())
    except libraries.LibraryError as error:
        return render_problem(
            "admin/library.html", _problem(error), **seen(library_id), patterns=patterns
        )
    return _to_one(library_id, "patterns")


@blueprint.post(f"{LIBRARY}/loose-folders")
@admin_required
def set_loose_folders(library_id: int) -> ResponseReturnValue:
    try:
        with writing() as connection:
            libraries.set_loose_folders(connection, library_id, "loose_folders" in request.form)
    except libraries.NoSuchLibrary as error:
        abort(404, str(error))
    return _to_one(library_id, "loose-folders")


@blueprint.post(f"{LIBRARY}/remove")
@admin_required
def remove(library_id: int) -> ResponseReturnValue:
    try:
        with writing() as connection:
            libraries.ask_removal(connection, library_id)
    except libraries.NoSuchLibrary as error:
        abort(404, str(error))
    except libraries.LibraryError as error:
        return render_problem("admin/library.html", _problem(error), **seen(library_id))
    return _to_all("removed")


def folder_of_form() -> bytes:
    """The folder that a form names; raises FolderUnusable."""
    given = os.path.expanduser(request.form.get("folder", "").strip())
    if given and not os.path.isabs(given):
        raise libraries.FolderUnusable(
            f"{given} is not a full path. Write it from the root on, such as /srv/comics."
        )
    return libraries.usable_folder(given)


def all_seen() -> dict[str, object]:
    """What the page of all libraries is drawn from."""
    with reading() as connection:
        found = libraries.listing(connection)
        counts = libraries.comic_counts(connection)
        removed = libraries.being_removed(connection)
        quiet = quiet_hours.of_all(connection)
    return {
        "quiet_hours": quiet,
        "removed": [name for _, name in removed],
        "libraries": [
            {
                "id": one.id,
                "name": one.name,
                "path": display(one.path),
                "comics": counts.get(one.id, 0),
                "loose_folders": one.loose_folders,
            }
            for one in found
        ],
    }


def seen(library_id: int, said: Mapping[str, str] | None = None) -> dict[str, object]:
    """What a library's page is drawn from; `said` by a form that could not be kept."""
    try:
        with reading() as connection:
            found = libraries.get(connection, library_id)
            times = library_times.of(connection, found)
            options = scan_requests.options(connection, library_id, {})
    except libraries.NoSuchLibrary as error:
        abort(404, str(error))
    told = {"library": found, "path": display(found.path), "options": options, "report": report}
    return option_forms.FIELDS | told | {"times": times, "said": said or {}, "clock": clock}


def clock(moment: float | None = None) -> str:
    """A moment, or now, as the server's clock shows it."""
    when = datetime.fromtimestamp(now() if moment is None else moment).astimezone()
    return f"{when:%A}, {when.day} {when:%B}, {when:%H:%M} {when.tzname()}"


def _problem(error: libraries.LibraryError) -> Problem:
    later = libraries.ScanUnderWay | libraries.BeingRemoved
    status = 409 if isinstance(error, later) else 422
    return Problem(status, "invalid", str(error))


def _to_all(done: str) -> Response:
    return redirect(url_for("libraries.page", done=done), 303)


def _to_one(library_id: int, done: str) -> Response:
    return redirect(url_for("libraries.library", library_id=library_id, done=done), 303)
