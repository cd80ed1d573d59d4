"""A scan that asks first: what would go missing, to be looked through, and the answers to it.

All of it is for admins. The forms work without JavaScript; js/progress.js sends them to the API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from db import held, jobs, progress, report
from db.engine import reading, writing
from db.status import JobError
from pipeline import tasks
from webui import listings, scan
from webui.auth import admin_required
from webui.jobs import to_job

blueprint = Blueprint("held", __name__)
blueprint.register_error_handler(JobError, scan.refuse)

USUAL_ITEMS = 100
ON_PAGE = 100


# ---- the API


@blueprint.get(f"/api/scan/jobs/{scan.JOB}/losses")
@admin_required
def losses(job_id: int) -> ResponseReturnValue:
    """The series that a held job would take comics from; with `?series=` those comics."""
    limit, cursor = listings.limit(USUAL_ITEMS), listings.cursor()
    series_id = listings.number("series", 1, listings.LARGEST_ID)
    items: list[dict[str, Any]]
    with reading() as connection:
        jobs.get(connection, job_id)
        if series_id is None:
            page = held.series_page(connection, job_id, limit=limit, cursor=cursor)
            items = [
                {
                    "series": {"id": one.id, "name": one.name},
                    "folder": one.folder,
                    "gone": one.gone,
                    "of": one.known,
                }
                for one in page.items
            ]
            return {"items": items, "next": page.next}
        lost = held.comics_page(connection, job_id, series_id, limit=limit, cursor=cursor)
    items = [{"id": one.id, "path": one.path} for one in lost.items]
    return {"items": items, "next": lost.next}


@blueprint.post(f"/api/scan/{scan.JOB}/confirm")
@admin_required
def confirm(job_id: int) -> ResponseReturnValue:
    """Say that what a held job has listed is gone: it is marked missing, and the job goes on."""
    _answer(jobs.confirm, job_id)
    return scan.job_answer(job_id)


@blueprint.post(f"/api/scan/{scan.JOB}/discard")
@admin_required
def discard(job_id: int) -> ResponseReturnValue:
    """End a held job; nothing is marked missing."""
    _answer(jobs.discard, job_id)
    return scan.job_answer(job_id)


@blueprint.post(f"/api/scan/{scan.JOB}/look-again")
@admin_required
def look_again(job_id: int) -> ResponseReturnValue:
    """Let a held job look at the disk again, without a word about what is missing."""
    _answer(jobs.look_again, job_id)
    return scan.job_answer(job_id)


# ---- the pages


@blueprint.get(f"/progress/{scan.JOB}/losses")
@admin_required
def page(job_id: int) -> ResponseReturnValue:
    """What would go missing, by series; with `?series=` the comics of one."""
    cursor = listings.cursor()
    series_id = listings.number("series", 1, listings.LARGEST_ID)
    series, comics = None, None
    with reading() as connection:
        job = progress.get(connection, job_id)
        if series_id is None:
            series = held.series_page(connection, job_id, limit=ON_PAGE, cursor=cursor)
        else:
            comics = held.comics_page(connection, job_id, series_id, limit=ON_PAGE, cursor=cursor)
    return render_template(
        "scan/losses.html",
        job=job,
        series=series,
        comics=comics,
        series_id=series_id,
        report=report,
    )


@blueprint.post(f"/progress/{scan.JOB}/confirm")
@admin_required
def confirm_by_form(job_id: int) -> ResponseReturnValue:
    _answer(jobs.confirm, job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{scan.JOB}/discard")
@admin_required
def discard_by_form(job_id: int) -> ResponseReturnValue:
    _answer(jobs.discard, job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{scan.JOB}/look-again")
@admin_required
def look_again_by_form(job_id: int) -> ResponseReturnValue:
    _answer(jobs.look_again, job_id)
    return to_job(job_id)


def _answer(deed: Callable[[Connection, int], None], job_id: int) -> None:
    with writing() as connection:
        deed(connection, job_id)
    tasks.ring(job_id)
