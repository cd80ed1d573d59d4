"""The scan with options: the form on the progress page, profiles, and what each library's scans
are told. What the fields are is `webui/option_forms.py`'s, the dry run `webui/dry_runs.py`'s.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import libraries, report, scan_profiles, scan_requests
from db.engine import reading, writing
from db.scan_options import BadOption, ScanOptions, in_words, merged
from db.scan_profiles import NoSuchProfile, Profile
from webui import dry_runs, listings, option_forms, scan
from webui.auth import admin_required, render_problem
from webui.errors import Problem
from webui.json_body import json_object

blueprint = Blueprint("scan_forms", __name__)
blueprint.register_error_handler(libraries.NoSuchLibrary, scan.refuse_library)
blueprint.register_error_handler(BadOption, scan.refuse_option)
blueprint.register_error_handler(NoSuchProfile, scan.refuse_profile)

PROFILE = "/api/scan/profiles/<name>"

DONE = {"kept": "The profile is kept.", "removed": "The profile is removed."}


@blueprint.get("/progress/new")
@admin_required
def page() -> ResponseReturnValue:
    """The form, filled in with the options of `?profile=` and `?library=`."""
    library_id = listings.number("library", 1, listings.LARGEST_ID)
    profile = request.args.get("profile") or None
    with reading() as connection:
        known = libraries.listing(connection)
        if library_id is None and len(known) == 1:
            library_id = known[0].id
        if library_id is not None:
            libraries.get(connection, library_id)
            options = scan_requests.options(connection, library_id, {}, profile)
        else:
            options = _of_profile(scan_profiles.get(connection, profile) if profile else None)
        context = _context(options, library_id, profile, known, scan_profiles.listing(connection))
    return render_template(
        "scan/new.html", **context, done=DONE.get(request.args.get("done", ""))
    ), {"Cache-Control": "no-store"}


@blueprint.post("/progress/new")
@admin_required
def submit() -> ResponseReturnValue:
    """Begin the scan that the form says, or a dry run of it; or keep what it says."""
    try:
        library = _library()
        said = option_forms.said(request.form)
        merged(said)
        match request.form.get("do"):
            case "look":
                return redirect(url_for("dry_runs.page", name=dry_runs.begin(library, said)), 303)
            case "keep":
                with writing() as connection:
                    kept = scan_profiles.keep(connection, request.form.get("name", ""), said)
                return redirect(url_for("scan_forms.page", profile=kept.name, done="kept"), 303)
            case _:
                scan.begin(library, said, alone=True)
    except BadOption as error:
        return _again(Problem(422, "invalid", str(error)))
    except Problem as problem:
        return _again(problem)
    return redirect(url_for("jobs.newest_page"), 303)


@blueprint.post("/progress/profiles/<name>/remove")
@admin_required
def remove_profile(name: str) -> ResponseReturnValue:
    with writing() as connection:
        scan_profiles.remove(connection, name)
    return redirect(url_for("scan_forms.page", done="removed"), 303)


@blueprint.post(f"/libraries/<int(max={listings.LARGEST_ID}):library_id>/scan-options")
@admin_required
def set_of_library(library_id: int) -> ResponseReturnValue:
    """Set what the library's scans are told where nothing else is said."""
    said = option_forms.said(request.form)
    with writing() as connection:
        libraries.get(connection, library_id)
        scan_profiles.set_of_library(connection, library_id, said)
    return redirect(url_for("libraries.library", library_id=library_id, done="scan-options"), 303)


# ---- the API


@blueprint.get("/api/scan/profiles")
@admin_required
def profile_list() -> ResponseReturnValue:
    with reading() as connection:
        found = scan_profiles.listing(connection)
    return {"items": [_json(one) for one in found], "next": None}


@blueprint.put(PROFILE)
@admin_required
def keep_profile(name: str) -> ResponseReturnValue:
    """Keep options under a name: `{"kind"?, "options"?}`."""
    with writing() as connection:
        kept = scan_profiles.keep(connection, name, scan.said_in(json_object()))
    return _json(kept)


@blueprint.delete(PROFILE)
@admin_required
def forget_profile(name: str) -> ResponseReturnValue:
    with writing() as connection:
        scan_profiles.remove(connection, name)
    return "", 204


def _json(one: Profile) -> dict[str, Any]:
    return {"name": one.name, "options": one.said}


def _of_profile(profile: Profile | None) -> ScanOptions:
    return profile.options if profile else ScanOptions()


def _library() -> int | None:
    """The library that the form names, None for all; raises Problem."""
    words = request.form.get("library", "")
    if not words:
        return None
    if not words.isascii() or not words.isdigit() or len(words) > 18:
        raise Problem(422, "invalid", "Choose a library, or all of them.")
    return int(words)


def _again(problem: Problem) -> ResponseReturnValue:
    """The form as it was sent, with what is wrong with it."""
    library_id = request.form.get("library", type=int)
    with reading() as connection:
        context = _context(
            _as_sent(),
            library_id,
            request.form.get("profile") or request.form.get("name"),
            libraries.listing(connection),
            scan_profiles.listing(connection),
        )
    return render_problem("scan/new.html", problem, **context)


def _as_sent() -> ScanOptions:
    """The options of a form as far as they can be shown again."""
    try:
        return merged(option_forms.said(request.form))
    except BadOption:
        return ScanOptions()


def _context(
    options: ScanOptions,
    library_id: int | None,
    profile: str | None,
    known: list[libraries.Library],
    profiles: list[Profile],
) -> dict[str, Any]:
    return option_forms.FIELDS | {
        "options": options,
        "library_id": library_id,
        "profile": profile,
        "libraries": known,
        "profiles": profiles,
        "in_words": in_words,
        "report": report,
    }
