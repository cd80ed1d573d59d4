"""Scans on the web: `/api/scan/…`, and the progress page with what an admin can do there.

Everybody who is signed in sees how far a scan is; names of files, and every button, are for admins.
A scan is asked for in one short transaction, and the bell is rung after its commit.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import changes, cursors, errors, held, jobs, libraries, progress, report, scan_requests
from db.catalogue import Page
from db.engine import reading, writing
from db.held import LostSeries
from db.states import Change, ErrorClass, Phase, ScanKind
from db.status import JobError
from db.times import iso
from pipeline import tasks
from webui import listings
from webui.auth import admin_required
from webui.errors import Problem, answer
from webui.json_body import json_object, text

blueprint = Blueprint("scan", __name__)

JOB = f"<int(max={listings.LARGEST_ID}):job_id>"
USUAL_ITEMS = 50
JOBS_ON_PAGE = 10
CHANGES_OF_A_KIND = 5
ERRORS_OF_A_CLASS = 5  # on the page of all classes
ERRORS_ON_PAGE = 100  # on the page of one class
SERIES_ASKED_ABOUT = 8  # by a held job, on its own page

Word = TypeVar("Word", ScanKind, Phase, ErrorClass)
HasId = progress.Progress | errors.ItemError


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


@blueprint.errorhandler(JobError)
def refuse(error: JobError) -> ResponseReturnValue:
    """A job that is not there is 404; one that is not in a state for this, 409."""
    if isinstance(error, jobs.ScanAlreadyRunning):
        return answer(Problem(409, "scan_running", str(error), job_id=error.job_id))
    if isinstance(error, jobs.NoSuchJob):
        return answer(Problem(404, "no_such_job", str(error)))
    return answer(Problem(409, "job_state", str(error)))


@blueprint.errorhandler(libraries.NoSuchLibrary)
def refuse_library(error: libraries.NoSuchLibrary) -> ResponseReturnValue:
    return answer(Problem(404, "no_such_library", str(error)))


@blueprint.errorhandler(scan_requests.BadOption)
def refuse_option(error: scan_requests.BadOption) -> ResponseReturnValue:
    return answer(Problem(422, "invalid", str(error)))


# ---- the API


@blueprint.post("/api/scan")
@admin_required
def scan() -> ResponseReturnValue:
    """Ask for a scan: `{"library"?: name or id, "kind"?, "options"?}` → 202 `{"job_id"}`."""
    body = json_object()
    kind = _word(body, "kind", ScanKind) or ScanKind.QUICK
    return _begin(_library(body), kind, _options(body))


@blueprint.post("/api/rescan")
@admin_required
def rescan() -> ResponseReturnValue:
    """Ask for a full scan; answers as `/api/scan` does."""
    body = json_object()
    return _begin(_library(body), ScanKind.FULL, _options(body))


@blueprint.get("/api/scan/status")
def status() -> ResponseReturnValue:
    """How far a scan is: the newest that has not ended, else the newest; `?job=`, `?library=`."""
    with reading() as connection:
        if job_id := listings.number("job", 1, listings.LARGEST_ID):
            job: progress.Progress | None = progress.get(connection, job_id)
        else:
            library = request.args.get("library")
            of = scan_requests.find(connection, library).id if library else None
            job = progress.newest(connection, of)
    response = report.status_json(None if job is None else _as_seen(job))
    return response, {"Cache-Control": "no-store"}


@blueprint.get("/api/scan/jobs")
def job_list() -> ResponseReturnValue:
    """The jobs, newest first."""
    limit, before = listings.limit(USUAL_ITEMS), _behind("jobs")
    with reading() as connection:
        found = progress.listing(connection, limit + 1, before)
    items = [report.job_json(_as_seen(job)) for job in found[:limit]]
    return {"items": items, "next": _next("jobs", found, limit)}


@blueprint.get(f"/api/scan/jobs/{JOB}/errors")
@admin_required
def error_list(job_id: int) -> ResponseReturnValue:
    """The files and folders that failed in a job and still do; `?error=` picks one class."""
    limit, after = listings.limit(USUAL_ITEMS), _behind("errors")
    error_class = _chosen_class()
    with reading() as connection:
        jobs.get(connection, job_id)
        found = errors.listing(
            connection, job_id=job_id, error_class=error_class, after=after or 0, limit=limit + 1
        )
    items = [report.error_json(error) for error in found[:limit]]
    return {"items": items, "next": _next("errors", found, limit)}


@blueprint.post(f"/api/scan/{JOB}/cancel")
@admin_required
def cancel(job_id: int) -> ResponseReturnValue:
    with writing() as connection:
        jobs.cancel(connection, job_id)
    return job_answer(job_id)


@blueprint.post(f"/api/scan/{JOB}/resume")
@admin_required
def resume(job_id: int) -> ResponseReturnValue:
    """Confirm a held job where that can help, else let it look again."""
    _resume(job_id)
    return job_answer(job_id)


@blueprint.post(f"/api/scan/{JOB}/retry")
@admin_required
def retry(job_id: int) -> ResponseReturnValue:
    """Try again what failed: `{"phase"?, "error"?, "path"?: a glob, "comic"?: id}`."""
    body = json_object()
    retried = _retry(
        job_id,
        phase=_word(body, "phase", Phase),
        error_class=_word(body, "error", ErrorClass),
        path_glob=_text(body, "path"),
        comic_id=_id(body, "comic"),
    )
    return {"retried": retried} | job_answer(job_id)


@blueprint.delete(f"/api/scan/jobs/{JOB}")
@admin_required
def forget(job_id: int) -> ResponseReturnValue:
    """Forget an ended job and its list of errors; the comics stay as they are."""
    with writing() as connection:
        jobs.delete(connection, job_id)
    return "", 204


# ---- the page; its forms work without JavaScript, too


@blueprint.get("/progress")
def newest_page() -> ResponseReturnValue:
    with reading() as connection:
        job = progress.newest(connection)
    return _page(job, url_for("scan.status"))


@blueprint.get(f"/progress/{JOB}")
def job_page(job_id: int) -> ResponseReturnValue:
    with reading() as connection:
        job = progress.get(connection, job_id)
    return _page(job, url_for("scan.status", job=job_id))


@blueprint.post("/progress/scan")
@admin_required
def scan_by_form() -> ResponseReturnValue:
    _begin(None, ScanKind.QUICK, {})
    return redirect(url_for("scan.newest_page"), 303)


@blueprint.post(f"/progress/{JOB}/cancel")
@admin_required
def cancel_by_form(job_id: int) -> ResponseReturnValue:
    cancel(job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{JOB}/resume")
@admin_required
def resume_by_form(job_id: int) -> ResponseReturnValue:
    _resume(job_id)
    return to_job(job_id)


@blueprint.post(f"/progress/{JOB}/retry")
@admin_required
def retry_by_form(job_id: int) -> ResponseReturnValue:
    body = {name: value for name, value in request.form.items() if value}
    _retry(
        job_id,
        phase=_word(body, "phase", Phase),
        error_class=_word(body, "error", ErrorClass),
        path_glob=_text(body, "path"),
    )
    return to_job(job_id)


# ---- what both do


def _begin(
    library: str | int | None, kind: ScanKind, options: dict[str, Any]
) -> ResponseReturnValue:
    with writing() as connection:
        answers = scan_requests.request(connection, library, kind, options, current_user.name)
    begun = [one.job_id for one in answers if one.refusal is None]
    for job_id in begun:
        tasks.ring(job_id)
    if not begun:
        first = answers[0]
        raise Problem(409, "scan_running", first.refusal or "", job_id=first.job_id)
    told: dict[str, Any] = {"job_id": begun[0]}
    if len(answers) > 1:
        told["jobs"] = [_answer_json(one) for one in answers]
    return told, 202


def _answer_json(one: scan_requests.Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"library": one.library, "job_id": one.job_id}
    if one.refusal is not None:
        told["error"] = {"code": "scan_running", "message": one.refusal}
    return told


def _resume(job_id: int) -> None:
    with writing() as connection:
        jobs.resume(connection, job_id)
    tasks.ring(job_id)


def _retry(job_id: int, **filters: Any) -> int:
    with writing() as connection:
        many = jobs.retry(connection, job_id, **filters)
    tasks.ring(job_id)
    return many


def job_answer(job_id: int) -> dict[str, Any]:
    """What the API answers about one job."""
    with reading() as connection:
        return {"job": report.job_json(progress.get(connection, job_id))}


def to_job(job_id: int) -> ResponseReturnValue:
    """Back to the job's page."""
    return redirect(url_for("scan.job_page", job_id=job_id), 303)


def _as_seen(job: progress.Progress) -> progress.Progress:
    """The job as the present user may see it: only admins see names of files, and are asked."""
    if current_user.is_admin:
        return job
    return replace(job, current=None, last_error=None, held_reason=None, held_comics=0)


def _page(job: progress.Progress | None, status_address: str) -> ResponseReturnValue:
    chosen = _chosen_class()
    before = None if chosen else _behind("jobs")
    with reading() as connection:
        earlier = progress.listing(connection, JOBS_ON_PAGE + 1, before)
        groups = _error_groups(connection, job.id, chosen) if job and current_user.is_admin else []
        losses = _losses(connection, job) if job and current_user.is_admin else None
        changed = _changed(connection, job) if job and current_user.is_admin else []
        any_library = bool(libraries.listing(connection))
    return render_template(
        "scan/progress.html",
        job=None if job is None else _as_seen(job),
        earlier=[_as_seen(one) for one in earlier[:JOBS_ON_PAGE]],
        next_jobs=_next("jobs", earlier, JOBS_ON_PAGE),
        groups=groups,
        losses=losses,
        changes=changed,
        chosen=chosen,
        any_library=any_library,
        status_address=status_address,
        report=report,
        iso=iso,
        exactly=lambda error: glob.escape(error.display_path),
    ), {"Cache-Control": "no-store"}


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
    after = _behind("errors") if chosen else None
    groups = []
    for error_class, many in counts.items():
        if chosen not in (None, error_class):
            continue
        found = errors.listing(
            connection, job_id=job_id, error_class=error_class, after=after or 0, limit=limit + 1
        )
        groups.append(ErrorGroup(error_class, many, found[:limit], _next("errors", found, limit)))
    return groups


# ---- what a request says


def _behind(listing: str) -> int | None:
    """The id that the request's cursor for this listing stands behind."""
    cursor = listings.cursor()
    if cursor is None:
        return None
    return int(cursors.decode(cursor, listing, (int,))[0])


def _next(listing: str, found: Sequence[HasId], limit: int) -> str | None:
    """The cursor to go on with, when one row more than the limit was found."""
    return cursors.encode(listing, [found[limit - 1].id]) if len(found) > limit else None


def _chosen_class() -> ErrorClass | None:
    return _word(request.args, "error", ErrorClass)


def _library(body: dict[str, Any]) -> str | int | None:
    return _text(body, "library") if isinstance(body.get("library"), str) else _id(body, "library")


def _options(body: dict[str, Any]) -> dict[str, Any]:
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise Problem(422, "invalid", '"options" must be an object.')
    return options


def _text(body: Mapping[str, Any], field: str) -> str | None:
    return text(dict(body), field) if field in body else None


def _id(body: Mapping[str, Any], field: str) -> int | None:
    value = body.get(field)
    if value is None:
        return None
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or not 0 < value <= listings.LARGEST_ID
    ):
        raise Problem(422, "invalid", f'"{field}" must be the number of one.')
    return value


def _word(body: Mapping[str, Any], field: str, words: type[Word]) -> Word | None:
    """A field that, if it is there, is one of a closed list of words."""
    value = _text(body, field)
    if value is None:
        return None
    if value not in list(words):
        raise Problem(422, "invalid", f'"{field}" must be one of {", ".join(words)}.')
    return words(value)
