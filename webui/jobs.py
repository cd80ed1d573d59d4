"""The pages about scans: how far one is, what it changed, what failed, and those before it.

Every form works without JavaScript; js/progress.js sends it to the API (`webui/scan.py`) instead.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import (
    changes,
    errors,
    held,
    job_log,
    libraries,
    progress,
    report,
    shard_progress,
    slowest,
)
from db.catalogue import Page
from db.engine import reading
from db.held import LostSeries
from db.states import Change, ErrorClass, Phase
from db.status import JobError
from db.times import iso
from webui import listings, scan, timeline
from webui.auth import admin_required

blueprint = Blueprint("jobs", __name__)
blueprint.register_error_handler(JobError, scan.refuse)
blueprint.register_error_handler(libraries.NoSuchLibrary, scan.refuse_library)

JOBS_ON_PAGE = 10
OTHERS_ON_PAGE = 5  # that are under way beside the one that the page is about
CHANGES_OF_A_KIND = 5
ERRORS_OF_A_CLASS = 5  # on the page of all classes
ERRORS_ON_PAGE = 100  # on the page of one class
SERIES_ASKED_ABOUT = 8  # by a held job, on its own page
LINES_ON_PAGE = 8  # of the log


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """The errors of one class on the page: `many` in all, those shown, and where they go on."""

    error_class: ErrorClass
    many: int
    errors: list[errors.ItemError]
    next: str | None

    @property
    def advice(self) -> str:
        return errors.ADVICE[self.error_class]


@blueprint.get("/progress")
def newest_page() -> ResponseReturnValue:
    with reading() as connection:
        look = scan.look_at(connection, progress.newest(connection, in_full=True))
        return _page(connection, look, url_for("jobs.live"))


@blueprint.get(f"/progress/{scan.JOB}")
def job_page(job_id: int) -> ResponseReturnValue:
    with reading() as connection:
        look = scan.look_at(connection, progress.get(connection, job_id))
        return _page(connection, look, url_for("jobs.live", job=job_id))


@blueprint.get("/progress/live")
def live() -> ResponseReturnValue:
    """What moves on the page, asked for every 3 s: the status, and the moving part as HTML."""
    with reading() as connection:
        look = scan.look_at_asked(connection)
        others, waiting = _others(connection, look), _waiting(connection, look)
    seen = _seen(look) | {"others": others, "waiting": waiting}
    html = render_template("scan/_live.html", **seen) if look.job else ""
    return {"status": scan.told(look), "html": html}, {"Cache-Control": "no-store"}


@blueprint.post("/progress/scan")
@admin_required
def scan_by_form() -> ResponseReturnValue:
    scan.begin(None, {})
    return redirect(url_for("jobs.newest_page"), 303)


@blueprint.post(f"/progress/{scan.JOB}/cancel")
@admin_required
def cancel_by_form(job_id: int) -> ResponseReturnValue:
    scan.cancel(job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{scan.JOB}/resume")
@admin_required
def resume_by_form(job_id: int) -> ResponseReturnValue:
    scan.let_go_on(job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{scan.JOB}/retry")
@admin_required
def retry_by_form(job_id: int) -> ResponseReturnValue:
    body = {name: value for name, value in request.form.items() if value}
    scan.try_again(
        job_id,
        phase=scan.word(body, "phase", Phase),
        error_class=scan.word(body, "error", ErrorClass),
        path_glob=scan.text_of(body, "path"),
        comic_id=listings.id_in_form("comic"),
        shard_id=listings.id_in_form("shard"),
    )
    return to_job(job_id)


def to_job(job_id: int) -> ResponseReturnValue:
    """Back to the job's page."""
    return redirect(url_for("jobs.job_page", job_id=job_id), 303)


def _seen(look: scan.Look) -> dict[str, Any]:
    """What the panel of a job is drawn from: the look alone, without a query."""
    return {
        "job": look.job,
        "running": look.running,
        "timeline": look.job and timeline.of(look.job),
        "report": report,
        "iso": iso,
    }


def _others(connection: Connection, look: scan.Look) -> list[progress.Progress]:
    """The other jobs that are under way."""
    found = progress.under_way(connection, OTHERS_ON_PAGE + 1)
    others = [scan.as_seen(one) for one in found if look.job is None or one.id != look.job.id]
    return others[:OTHERS_ON_PAGE]


def _waiting(connection: Connection, look: scan.Look) -> int:
    """How many shards of the phase nobody is at yet, for who is told of shards."""
    if look.job is None or not current_user.is_admin:
        return 0
    return shard_progress.waiting(connection, look.job.id, look.job.phase)


def _page(connection: Connection, look: scan.Look, address: str) -> ResponseReturnValue:
    chosen = scan.chosen_class()
    before = None if chosen else scan.behind("jobs")
    earlier = progress.listing(connection, JOBS_ON_PAGE + 1, before)
    return render_template(
        "scan/progress.html",
        **_seen(look),
        others=_others(connection, look),
        waiting=_waiting(connection, look),
        **_for_admins(connection, look.job, chosen),
        earlier=[scan.as_seen(one) for one in earlier[:JOBS_ON_PAGE]],
        next_jobs=scan.following("jobs", earlier, JOBS_ON_PAGE),
        chosen=chosen,
        any_library=bool(libraries.listing(connection)),
        live_address=address,
        exactly=lambda error: glob.escape(error.display_path),
    ), {"Cache-Control": "no-store"}


def _for_admins(
    connection: Connection, job: progress.Progress | None, chosen: ErrorClass | None
) -> dict[str, Any]:
    """What names files of a job; nothing for anybody else."""
    if job is None or not current_user.is_admin:
        return {}
    ended = not job.status.active
    return {
        "groups": _error_groups(connection, job.id, chosen),
        "losses": _losses(connection, job),
        "changes": _changed(connection, job),
        "slow_files": slowest.listing(connection, job.id, is_folder=False) if ended else [],
        "slow_folders": slowest.listing(connection, job.id, is_folder=True) if ended else [],
        "lines": job_log.listing(connection, job.id, limit=LINES_ON_PAGE),
    }


def _losses(connection: Connection, job: progress.Progress) -> Page[LostSeries] | None:
    """The first series that a held job would take comics from."""
    if not job.held_comics:
        return None
    return held.series_page(connection, job.id, limit=SERIES_ASKED_ABOUT)


def _changed(connection: Connection, job: progress.Progress) -> list[changes.Group]:
    """The first comics of each kind that a scan changed, but for a first scan, where all is new."""
    found = changes.first_of_each(connection, job.id, CHANGES_OF_A_KIND)
    return [one for one in found if one.change is not Change.NEW or one.many != job.found]


def _error_groups(
    connection: Connection, job_id: int, chosen: ErrorClass | None
) -> list[ErrorGroup]:
    """A job's open errors by class, the first few of each; or a page of the chosen class."""
    counts = errors.counts_by_class(connection, job_id)
    limit = ERRORS_ON_PAGE if chosen else ERRORS_OF_A_CLASS
    after = scan.behind("errors") if chosen else None
    groups = []
    for error_class, many in counts.items():
        if chosen not in (None, error_class):
            continue
        found = errors.listing(
            connection, job_id=job_id, error_class=error_class, after=after or 0, limit=limit + 1
        )
        following = scan.following("errors", found, limit)
        groups.append(ErrorGroup(error_class, many, found[:limit], following))
    return groups
