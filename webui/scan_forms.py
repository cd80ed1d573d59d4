"""The scan with options: the form on the progress page, profiles, and what each library's scans
are told. What the fields are is `webui/option_forms.py`'s, the dry run `webui/dry_runs.py`'s.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from db import libraries, report, scan_profiles, scan_requests
from db.engine import reading, writing
from db.scan_options import BadOption, Said, ScanOptions, in_full, in_words, merged, shown
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
        if library_id is None:
            library_id = _only_one(connection)
        options = _belonging(connection, library_id, profile)
        context = _context(connection, options, library_id, profile) | _filled_in(
            options, library_id, profile
        )
    return render_template(
        "scan/new.html", **context, done=DONE.get(request.args.get("done", ""))
    ), {"Cache-Control": "no-store"}


@blueprint.post("/progress/new")
@admin_required
def submit() -> ResponseReturnValue:
    """Begin the scan that the form says, or a dry run of it; or keep what it says; or fill it in
    with what belongs to another library or profile."""
    try:
        library, profile = _library(), request.form.get("profile") or None
        if request.form.get("do") == "fill":
            return _filled_anew(library, profile)
        said = _said(library, profile)
        match request.form.get("do"):
            case "look":
                return redirect(url_for("dry_runs.page", name=dry_runs.begin(library, said)), 303)
            case "keep":
                with writing() as connection:
                    kept = scan_profiles.keep(connection, request.form.get("name", ""), said)
                there = url_for("scan_forms.page", library=library, profile=kept.name, done="kept")
                return redirect(there, 303)
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


def _only_one(connection: Connection) -> int | None:
    """The library that there is if there is but one: nobody has to choose it."""
    known = libraries.listing(connection)
    return known[0].id if len(known) == 1 else None


def _belonging(connection: Connection, library_id: int | None, profile: str | None) -> ScanOptions:
    """What a scan is told when nobody says otherwise; raises NoSuchLibrary and NoSuchProfile."""
    if library_id is None:
        return scan_profiles.get(connection, profile).options if profile else ScanOptions()
    libraries.get(connection, library_id)
    return scan_requests.options(connection, library_id, {}, profile)


def _said(library_id: int | None, profile: str | None) -> Said:
    """What the form says; raises BadOption. Sent before it could be filled in anew for this
    library and profile, it says what belongs to them where nobody chose otherwise."""
    said = option_forms.said(request.form)
    if request.form.get("filled_for") != _place(library_id, profile):
        with reading() as connection:
            belonging = _belonging(connection, library_id, profile)
        said = option_forms.as_chosen(request.form, said, belonging)
    merged(said)
    return said


def _filled_anew(library_id: int | None, profile: str | None) -> ResponseReturnValue:
    """The form with what belongs to its library and profile, but for what somebody chose."""
    written = option_forms.written(request.form)
    with reading() as connection:
        belonging = _belonging(connection, library_id, profile)
        options = shown(option_forms.as_chosen(request.form, written, belonging))
        context = _context(connection, options, library_id, profile)
    context |= _filled_in(belonging, library_id, profile)
    return render_template("scan/new.html", **context)


def _filled_in(options: ScanOptions, library_id: int | None, profile: str | None) -> dict[str, str]:
    """What tells, when the form comes back, which of its fields somebody chose."""
    return {"filled": json.dumps(in_full(options)), "filled_for": _place(library_id, profile)}


def _place(library_id: int | None, profile: str | None) -> str:
    return f"{library_id or ''} {profile or ''}"


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
    sent = request.form
    options = shown(option_forms.written(sent))
    with reading() as connection:
        context = _context(
            connection, options, sent.get("library", type=int), sent.get("profile") or None
        )
    context |= {name: sent.get(name, "") for name in ("filled", "filled_for")}
    return render_problem("scan/new.html", problem, **context)


def _context(
    connection: Connection, options: ScanOptions, library_id: int | None, profile: str | None
) -> dict[str, Any]:
    return option_forms.FIELDS | {
        "options": options,
        "library_id": library_id,
        "profile": profile,
        "name": request.form.get("name") or profile,
        "chosen": request.form.get("chosen", ""),
        "libraries": libraries.listing(connection),
        "profiles": scan_profiles.listing(connection),
        "in_words": in_words,
        "report": report,
    }
