"""Scans of one folder or one series: what `POST /api/scan` does when it names one, and the button
on a series' page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import folder_requests, libraries
from db.engine import reading, writing
from db.folder_requests import Answer, Place
from pipeline import tasks
from webui.auth import admin_required
from webui.errors import Problem
from webui.listings import LARGEST_ID

blueprint = Blueprint("folder_scans", __name__)


def begin(library: str | int | None, folder: str | None, series: int | None) -> Answer:
    """Have a folder, or that of a series, scanned; raises Problem."""
    if folder is not None and series is not None:
        raise Problem(422, "invalid", 'Name a "folder" or a "series", not both.')
    if folder is not None:
        return _begin(lambda connection: folder_requests.of_folder(connection, library, folder))
    assert series is not None
    return _begin(lambda connection: folder_requests.of_series(connection, library, series))


@blueprint.post(f"/series/<int(max={LARGEST_ID}):series_id>/scan")
@admin_required
def scan_series_by_form(series_id: int) -> ResponseReturnValue:
    answer = begin(None, None, series_id)
    return redirect(url_for("jobs.job_page", job_id=answer.job_id), 303)


def _begin(find: Callable[[Connection], Place]) -> Answer:
    try:
        with reading() as connection:
            place = find(connection)
        place = folder_requests.as_on_disk(place)
    except folder_requests.NoSuchFolder as error:
        raise Problem(404, "no_such_folder", str(error)) from None
    except libraries.NoSuchLibrary as error:
        raise Problem(404, "no_such_library", str(error)) from None
    with writing() as connection:
        answer = folder_requests.request(connection, place, current_user.name)
    tasks.ring(answer.job_id)
    return answer
