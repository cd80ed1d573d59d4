"""Into a job: its phases, their shards, single comics, and the log. All of it is for admins.

The job's own page is `webui/jobs.py`'s; it leads here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from db import (
    errors,
    job_comics,
    job_log,
    job_report,
    jobs,
    progress,
    report,
    shard_progress,
    slowest,
)
from db.engine import reading
from db.job_log import Line
from db.paths import display
from db.shard_progress import ShardProgress
from db.states import Phase
from db.status import JobError
from db.times import iso
from webui import listings, scan
from webui.auth import admin_required

blueprint = Blueprint("job_details", __name__)
blueprint.register_error_handler(JobError, scan.refuse)

USUAL_ITEMS = 100
SHARDS_ON_PAGE = 100
LINES_ON_PAGE = 100
LINES_BESIDE = 30  # of the log, below something else
ERRORS_BESIDE = 30


# ---- the API


@blueprint.get(f"/api/scan/jobs/{scan.JOB}/shards")
@admin_required
def shard_list(job_id: int) -> ResponseReturnValue:
    """The shards of a job, `?phase=`, in their order."""
    limit, phase = listings.limit(USUAL_ITEMS), scan.word(request.args, "phase", Phase)
    with reading() as connection:
        jobs.get(connection, job_id)
        found = _shards(connection, job_id, phase, limit)
    items = [job_report.shard_json(one) for one in found[:limit]]
    return {"items": items, "next": scan.following("shards", found, limit)}


@blueprint.get(f"/api/scan/jobs/{scan.JOB}/log")
@admin_required
def line_list(job_id: int) -> ResponseReturnValue:
    """The lines of a job's log, `?phase=`, `?shard=`, the newest first."""
    limit = listings.limit(USUAL_ITEMS)
    with reading() as connection:
        jobs.get(connection, job_id)
        found = _lines(connection, job_id, limit)
    items = [job_report.line_json(one) for one in found[:limit]]
    return {"items": items, "next": scan.following("log", found, limit)}


@blueprint.get(f"/api/scan/jobs/{scan.JOB}/slowest")
@admin_required
def slowest_list(job_id: int) -> ResponseReturnValue:
    """The files and the folders that took longest, `?phase=`."""
    phase = scan.word(request.args, "phase", Phase)
    with reading() as connection:
        jobs.get(connection, job_id)
        files = slowest.listing(connection, job_id, is_folder=False, phase=phase)
        folders = slowest.listing(connection, job_id, is_folder=True, phase=phase)
    return {
        "files": [job_report.slow_json(one) for one in files],
        "folders": [job_report.slow_json(one) for one in folders],
    }


# ---- the pages


@blueprint.get(f"/progress/{scan.JOB}/<any(discover, index, thumbnail):name>")
@admin_required
def phase_page(job_id: int, name: str) -> ResponseReturnValue:
    """A phase: its shards, what was slow in it, and what happened."""
    phase = Phase(name)
    with reading() as connection:
        job = progress.get(connection, job_id)
        found = _shards(connection, job_id, phase, SHARDS_ON_PAGE)
        return _page(
            "phase",
            job,
            here=next(one for one in job.phases if one.name is phase),
            shards=found[:SHARDS_ON_PAGE],
            next_shards=scan.following("shards", found, SHARDS_ON_PAGE),
            slow_files=slowest.listing(connection, job_id, is_folder=False, phase=phase),
            slow_folders=slowest.listing(connection, job_id, is_folder=True, phase=phase),
            errors=errors.listing(connection, job_id=job_id, phase=phase, limit=ERRORS_BESIDE),
            lines=job_log.listing(connection, job_id, phase=phase, limit=LINES_BESIDE),
        )


@blueprint.get(f"/progress/{scan.JOB}/shards/<int(max={listings.LARGEST_ID}):shard_id>")
@admin_required
def shard_page(job_id: int, shard_id: int) -> ResponseReturnValue:
    """A shard: who is at it, how far, what failed in its slice, and what happened."""
    with reading() as connection:
        job = progress.get(connection, job_id)
        shard = shard_progress.get(connection, job_id, shard_id)
        if shard is None:
            abort(404)
        return _page(
            "shard",
            job,
            shard=shard,
            errors=errors.listing(
                connection,
                job_id=job_id,
                phase=shard.phase,
                comics_between=shard.comics,
                limit=ERRORS_BESIDE,
            ),
            lines=job_log.listing(connection, job_id, shard_id=shard_id, limit=LINES_BESIDE),
        )


@blueprint.get(f"/progress/{scan.JOB}/comics/<int(max={listings.LARGEST_ID}):comic_id>")
@admin_required
def comic_page(job_id: int, comic_id: int) -> ResponseReturnValue:
    """What the job had to do with one comic: its shards, its errors, and what was said of it."""
    with reading() as connection:
        job = progress.get(connection, job_id)
        path = job_comics.path_of(connection, job_id, comic_id)
        if path is None:
            abort(404)
        return _page(
            "comic",
            job,
            comic_id=comic_id,
            path=display(path),
            shards=shard_progress.listing(
                connection, job_id, comic_id=comic_id, limit=SHARDS_ON_PAGE
            ),
            errors=job_comics.errors(connection, job_id, comic_id),
            lines=job_log.listing(connection, job_id, path=path, limit=LINES_BESIDE),
        )


@blueprint.get(f"/progress/{scan.JOB}/log")
@admin_required
def log_page(job_id: int) -> ResponseReturnValue:
    """All that happened to a job, the newest first."""
    with reading() as connection:
        job = progress.get(connection, job_id)
        found = _lines(connection, job_id, LINES_ON_PAGE)
    following = scan.following("log", found, LINES_ON_PAGE)
    return _page("log", job, lines=found[:LINES_ON_PAGE], next_lines=following)


def _page(name: str, job: progress.Progress, **seen: Any) -> ResponseReturnValue:
    answer = render_template(f"scan/{name}.html", job=job, report=report, iso=iso, **seen)
    return answer, {"Cache-Control": "no-store"}


def _shards(
    connection: Connection, job_id: int, phase: Phase | None, limit: int
) -> Sequence[ShardProgress]:
    after = scan.behind("shards") or 0
    return shard_progress.listing(connection, job_id, phase=phase, after=after, limit=limit + 1)


def _lines(connection: Connection, job_id: int, limit: int) -> Sequence[Line]:
    return job_log.listing(
        connection,
        job_id,
        shard_id=listings.number("shard", 1, listings.LARGEST_ID),
        phase=scan.word(request.args, "phase", Phase),
        before=scan.behind("log"),
        limit=limit + 1,
    )
