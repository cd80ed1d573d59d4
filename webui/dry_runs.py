"""Dry runs: `/api/scan/dry-run(s)`, and the page that shows what a scan would do.

The work is a program's (`pipeline/dry_runs.py`), and its answers are read from its file, so that no
thread of this process waits for a disk.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import cursors, libraries, report, scan_profiles, scan_requests
from db.engine import reading
from db.scan_options import BadOption, Said, in_words, merged
from db.states import Change
from db.times import iso, now
from pipeline import dry_runs
from pipeline.dry_runs import DryRunUnderWay, NoSuchDryRun, Seen, Wanted
from webui import listings, scan
from webui.auth import admin_required
from webui.errors import Problem, answer
from webui.json_body import json_object

blueprint = Blueprint("dry_runs", __name__)
blueprint.register_error_handler(libraries.NoSuchLibrary, scan.refuse_library)
blueprint.register_error_handler(BadOption, scan.refuse_option)
blueprint.register_error_handler(scan_profiles.NoSuchProfile, scan.refuse_profile)

ONE = "/api/scan/dry-runs/<name>"

FOLDERS_AT_FIRST = 8  # of each fate
FOLDERS_ON_PAGE = 60
FOLDERS_IN_ANSWER = 100


@blueprint.errorhandler(NoSuchDryRun)
def refuse(error: NoSuchDryRun) -> ResponseReturnValue:
    return answer(Problem(404, "no_such_dry_run", str(error)))


def begin(library: str | int | None, said: Said) -> str:
    """Begin a dry run of a scan with just these options; answers its name, or that of the one
    under way. Raises NoSuchLibrary and BadOption."""
    try:
        return _begin(library, said, None, alone=True)
    except DryRunUnderWay as other:
        return other.name


# ---- the API


@blueprint.post("/api/scan/dry-run")
@admin_required
def ask() -> ResponseReturnValue:
    """Begin a dry run: what `POST /api/scan` takes for a library → 202 `{"dry_run"}`."""
    body = json_object()
    profile = scan.text_of(body, "profile")
    try:
        name = _begin(scan.library_of(body), scan.said_in(body), profile, alone=False)
    except DryRunUnderWay as other:
        raise Problem(409, "dry_run_running", str(other), dry_run=other.name) from None
    return {"dry_run": name}, 202


@blueprint.get(ONE)
@admin_required
def status(name: str) -> ResponseReturnValue:
    """How far a dry run is, and what each library came to."""
    seen = dry_runs.look(name)
    return {
        "dry_run": name,
        "state": _state(seen),
        "progress": seen.progress,
        "libraries": seen.results,
        "problems": seen.problems,
    }, {"Cache-Control": "no-store"}


@blueprint.get(f"{ONE}/changes")
@admin_required
def change_list(name: str) -> ResponseReturnValue:
    """What a scan would do to comics, folder by folder; `?change=` picks one fate."""
    fate = scan.word(request.args, "change", Change) or Change.NEW
    limit = listings.limit(FOLDERS_IN_ANSWER)
    items, following = dry_runs.groups(name, fate, _after(name), limit)
    return {"items": items, "next": _cursor(name, following)}


@blueprint.delete(ONE)
@admin_required
def forget(name: str) -> ResponseReturnValue:
    """End a dry run, or forget what it came to."""
    dry_runs.stop(name)
    return "", 204


# ---- the page


@blueprint.get("/progress/dry-runs/<name>")
@admin_required
def page(name: str) -> ResponseReturnValue:
    """What a scan would do; with `?change=` all that has one fate, page by page."""
    seen = dry_runs.look(name)
    chosen = scan.word(request.args, "change", Change)
    fates = [chosen] if chosen else report.DRY_RUN_CHANGES
    limit = FOLDERS_ON_PAGE if chosen else FOLDERS_AT_FIRST
    shown = []
    for fate in fates if _state(seen) == "done" else ():
        groups, following = dry_runs.groups(name, fate, _after(name) if chosen else 0, limit)
        many = sum(result[fate] for result in seen.results)
        if many:
            shown.append((fate, many, groups, _cursor(name, following)))
    return render_template(
        "scan/dry_run.html",
        seen=seen,
        state=_state(seen),
        words=in_words(merged(seen.about["said"])),
        fates=report.DRY_RUN_CHANGES,
        shown=shown,
        chosen=chosen,
        report=report,
    ), {"Cache-Control": "no-store"}


@blueprint.post("/progress/dry-runs/<name>/scan")
@admin_required
def scan_by_form(name: str) -> ResponseReturnValue:
    """Begin the scan that was looked at."""
    about = dry_runs.look(name).about
    scan.begin(about["library"], about["said"], alone=True)
    return redirect(url_for("jobs.newest_page"), 303)


@blueprint.post("/progress/dry-runs/<name>/stop")
@admin_required
def stop_by_form(name: str) -> ResponseReturnValue:
    dry_runs.stop(name)
    return redirect(url_for("scan_forms.page"), 303)


def _begin(library: str | int | None, said: Said, profile: str | None, *, alone: bool) -> str:
    with reading() as connection:
        chosen = scan_requests.chosen(connection, library)
        wanted = [
            Wanted(
                one.id,
                merged(said) if alone else scan_requests.options(connection, one.id, said, profile),
            )
            for one in chosen
        ]
    about: dict[str, Any] = {
        "library": library,
        "libraries": [one.name for one in chosen],
        "said": said,
        "by": current_user.name,
        "at": iso(now()),
    }
    return dry_runs.begin(wanted, about)


def _state(seen: Seen) -> str:
    """`running`, `done`, or `ended` before its time."""
    if seen.is_whole:
        return "done"
    return "running" if seen.is_running else "ended"


def _after(name: str) -> int:
    cursor = listings.cursor()
    return int(cursors.decode(cursor, f"dry run {name}", (int,))[0]) if cursor else 0


def _cursor(name: str, following: int | None) -> str | None:
    return None if following is None else cursors.encode(f"dry run {name}", [following])
