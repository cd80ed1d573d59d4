"""Scans over HTTP: `/api/scan/…`. The pages about them are in `webui/jobs.py`.

Everybody who is signed in sees how far a scan is; names of files, and every deed, are for admins.
A scan is asked for in one short transaction, and the bell is rung after its commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import (
    cursors,
    errors,
    job_report,
    jobs,
    libraries,
    progress,
    report,
    retention,
    scan_options,
    scan_profiles,
    scan_requests,
    shard_progress,
)
from db.engine import reading, writing
from db.job_log import Line
from db.scan_options import Said
from db.shard_progress import ShardProgress
from db.states import Change, ErrorClass, Phase, ScanKind
from db.status import JobError
from pipeline import tasks
from webui import folder_scans, listings, notices
from webui.auth import admin_required
from webui.errors import Problem, answer
from webui.json_body import json_object, text

blueprint = Blueprint("scan", __name__)

JOB = f"<int(max={listings.LARGEST_ID}):job_id>"
USUAL_ITEMS = 50

Word = TypeVar("Word", ScanKind, Phase, ErrorClass, Change)
HasId = progress.Progress | errors.ItemError | ShardProgress | Line


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


@blueprint.errorhandler(scan_options.BadOption)
def refuse_option(error: scan_options.BadOption) -> ResponseReturnValue:
    return answer(Problem(422, "invalid", str(error)))


@blueprint.errorhandler(scan_profiles.NoSuchProfile)
def refuse_profile(error: scan_profiles.NoSuchProfile) -> ResponseReturnValue:
    return answer(Problem(404, "no_such_profile", str(error)))


# ---- the API


@blueprint.post("/api/scan")
@admin_required
def scan() -> ResponseReturnValue:
    """Ask for a scan: `{"library"?: name or id, "kind"?, "options"?, "profile"?}` → 202
    `{"job_id"}`.

    With `{"folder": path}` or `{"series": id}` of that alone, by the job under way if there is one.
    """
    body = json_object()
    folder, series = text_of(body, "folder"), _id(body, "series")
    if folder is not None or series is not None:
        begun = folder_scans.begin(library_of(body), folder, series)
        return {"job_id": begun.job_id, "library": begun.library, "appended": begun.appended}, 202
    return begin(library_of(body), said_in(body), text_of(body, "profile"))


@blueprint.post("/api/rescan")
@admin_required
def rescan() -> ResponseReturnValue:
    """Ask for a full scan; answers as `/api/scan` does."""
    body = json_object()
    return begin(library_of(body), said_in(body) | {"kind": ScanKind.FULL})


@blueprint.get("/api/scan/status")
def status() -> ResponseReturnValue:
    """How far a scan is: the newest that has not ended, else the newest; `?job=`, `?library=`."""
    with reading() as connection:
        look = look_at_asked(connection)
    return told(look), {"Cache-Control": "no-store"}


@blueprint.get("/api/scan/jobs")
def job_list() -> ResponseReturnValue:
    """The jobs, newest first."""
    limit, before = listings.limit(USUAL_ITEMS), behind("jobs")
    with reading() as connection:
        found = progress.listing(connection, limit + 1, before)
    items = [report.job_json(as_seen(job)) for job in found[:limit]]
    return {"items": items, "next": following("jobs", found, limit)}


@blueprint.get(f"/api/scan/jobs/{JOB}/errors")
@admin_required
def error_list(job_id: int) -> ResponseReturnValue:
    """The files and folders that failed in a job and still do; `?error=` picks one class."""
    limit, after = listings.limit(USUAL_ITEMS), behind("errors")
    error_class = chosen_class()
    with reading() as connection:
        jobs.get(connection, job_id)
        found = errors.listing(
            connection, job_id=job_id, error_class=error_class, after=after or 0, limit=limit + 1
        )
    items = [report.error_json(error) for error in found[:limit]]
    return {"items": items, "next": following("errors", found, limit)}


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
    let_go_on(job_id)
    return job_answer(job_id)


@blueprint.post(f"/api/scan/{JOB}/retry")
@admin_required
def retry(job_id: int) -> ResponseReturnValue:
    """Try again what failed: `{"phase"?, "error"?, "path"?: a glob, "comic"?, "shard"?: ids}`."""
    body = json_object()
    retried = try_again(
        job_id,
        phase=word(body, "phase", Phase),
        error_class=word(body, "error", ErrorClass),
        path_glob=text_of(body, "path"),
        comic_id=_id(body, "comic"),
        shard_id=_id(body, "shard"),
    )
    return {"retried": retried} | job_answer(job_id)


@blueprint.delete(f"/api/scan/jobs/{JOB}")
@admin_required
def forget(job_id: int) -> ResponseReturnValue:
    """Forget an ended job with its lists; the comics stay as they are, and what still fails is
    another job's."""
    retention.forget(job_id)
    return "", 204


# ---- what the pages do as well


@dataclass(frozen=True, slots=True)
class Look:
    """A job as the present user may see it, with the shards that somebody is at; asked for every
    3 s, in as many queries for any number of shards."""

    job: progress.Progress | None
    running: Sequence[ShardProgress] = ()


def look_at(connection: Connection, job: progress.Progress | None) -> Look:
    """What is to be seen of a job now; shards and what they have in hand are for admins."""
    if job is None:
        return Look(None)
    if not current_user.is_admin:
        return Look(as_seen(job))
    return Look(job, shard_progress.running(connection, job.id) if job.status.active else ())


def look_at_asked(connection: Connection) -> Look:
    """The job that the address asks for, with `?job=` or `?library=`; else the newest."""
    if job_id := listings.number("job", 1, listings.LARGEST_ID):
        return look_at(connection, progress.get(connection, job_id))
    library = request.args.get("library")
    of = scan_requests.find(connection, library).id if library else None
    return look_at(connection, progress.newest(connection, of, in_full=True))


def told(look: Look) -> dict[str, Any]:
    """The answer of `/api/scan/status`, with what the present user is to be told."""
    answer = report.status_json(look.job)
    if look.job:
        answer["job"]["shards"] = [job_report.shard_json(one) for one in look.running]
    answer["needs"] = [job_report.need_json(one) for one in notices.needs()]
    answer["notices"] = [job_report.notice_json(one) for one in notices.unseen()]
    return answer


def begin(
    library: str | int | None, said: Said, profile: str | None = None, *, alone: bool = False
) -> ResponseReturnValue:
    """Ask for a scan of one library or of all, and answer with the jobs; raises Problem."""
    with writing() as connection:
        answers = scan_requests.request(
            connection, library, said, current_user.name, profile, alone=alone
        )
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


def let_go_on(job_id: int) -> None:
    """Resume a job and ring for it."""
    with writing() as connection:
        jobs.resume(connection, job_id)
    tasks.ring(job_id)


def try_again(job_id: int, **filters: Any) -> int:
    """Retry what fits the filters of `jobs.retry`, and ring for it; answers how many items."""
    with writing() as connection:
        many = jobs.retry(connection, job_id, **filters)
    tasks.ring(job_id)
    return many


def job_answer(job_id: int) -> dict[str, Any]:
    """What the API answers about one job."""
    with reading() as connection:
        return {"job": report.job_json(progress.get(connection, job_id))}


def as_seen(job: progress.Progress) -> progress.Progress:
    """The job as the present user may see it: only admins see names of files, and are asked."""
    if current_user.is_admin:
        return job
    return replace(job, current=None, folder=None, last_error=None, held_reason=None, held_comics=0)


# ---- what a request says


def behind(listing: str) -> int | None:
    """The id that the request's cursor for this listing stands behind."""
    cursor = listings.cursor()
    if cursor is None:
        return None
    return int(cursors.decode(cursor, listing, (int,))[0])


def following(listing: str, found: Sequence[HasId], limit: int) -> str | None:
    """The cursor to go on with, when one row more than the limit was found."""
    return cursors.encode(listing, [found[limit - 1].id]) if len(found) > limit else None


def chosen_class() -> ErrorClass | None:
    """The class of errors that the address asks for."""
    return word(request.args, "error", ErrorClass)


def library_of(body: dict[str, Any]) -> str | int | None:
    is_name = isinstance(body.get("library"), str)
    return text_of(body, "library") if is_name else _id(body, "library")


def said_in(body: dict[str, Any]) -> Said:
    """The options that a request says, among them the kind of scan."""
    options = body.get("options", {})
    if not isinstance(options, dict):
        raise Problem(422, "invalid", '"options" must be an object.')
    kind = word(body, "kind", ScanKind)
    return options if kind is None else options | {"kind": kind}


def text_of(body: Mapping[str, Any], field: str) -> str | None:
    """A field that, if it is there, is text; raises Problem."""
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


def word(body: Mapping[str, Any], field: str, words: type[Word]) -> Word | None:
    """A field that, if it is there, is one of a closed list of words."""
    value = text_of(body, field)
    if value is None:
        return None
    if value not in list(words):
        raise Problem(422, "invalid", f'"{field}" must be one of {", ".join(words)}.')
    return words(value)
