"""Duplicates: comics that are in the library more than once, side by side, for admins.

Longbox removes no file. The page suggests which copy to keep, lists the files of the others for
somebody to remove by hand, and hides what is no duplicate after all.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from db import duplicates, libraries, report
from db.duplicates import Choice, Copy, Group, NoSuchGroup
from db.engine import reading, writing
from db.states import DuplicateKind
from db.times import iso
from webui import facts, listings, surveys
from webui.auth import admin_required
from webui.copy_checks import CopyChecks
from webui.errors import Problem, answer

ON_PAGE = 20
USUAL_ITEMS = 50

LABELS = {
    DuplicateKind.CONTENT: "Same content",
    DuplicateKind.PAGES: "Same but for metadata",
    DuplicateKind.ISSUE: "Same issue, other pages",
}
NOTES = {
    DuplicateKind.CONTENT: "By their own lists, everything in these files is the same, whatever "
    "they are called. Whether a page is damaged in one of them shows when they are read through.",
    DuplicateKind.PAGES: "The pages are the same; only what a tagger wrote beside them differs.",
    DuplicateKind.ISSUE: "Series and number agree, the pages do not: a scan and a digital edition, "
    "or two scans. Look at them before you choose.",
}

GROUP = f"<int(max={listings.LARGEST_ID}):group_id>"

blueprint = Blueprint("duplicates", __name__)


@blueprint.record_once
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["copy_checks"] = CopyChecks()


@blueprint.errorhandler(NoSuchGroup)
def refuse(error: NoSuchGroup) -> ResponseReturnValue:
    return answer(Problem(404, "no_such_group", str(error)))


# ---- the API


@blueprint.get("/api/duplicates")
@admin_required
def group_list() -> ResponseReturnValue:
    """Groups of copies: `?kind=content|pages|issue`, `?library=`, `?dismissed=1`."""
    limit = listings.limit(USUAL_ITEMS)
    with reading() as connection:
        found = duplicates.page(connection, _choice(), limit=limit, cursor=listings.cursor())
    return {"items": [group_json(one) for one in found.items], "next": found.next}


@blueprint.get(f"/api/duplicates/{GROUP}")
@admin_required
def group(group_id: int) -> ResponseReturnValue:
    """One group."""
    with reading() as connection:
        return group_json(duplicates.get(connection, group_id))


@blueprint.post(f"/api/duplicates/{GROUP}/dismiss")
@admin_required
def dismiss(group_id: int) -> ResponseReturnValue:
    """Say that they are no duplicates, for good."""
    with writing() as connection:
        duplicates.dismiss(connection, group_id)
    return "", 204


@blueprint.post(f"/api/duplicates/{GROUP}/restore")
@admin_required
def restore(group_id: int) -> ResponseReturnValue:
    """Take that back."""
    with writing() as connection:
        duplicates.restore(connection, group_id)
    return "", 204


@blueprint.post(f"/api/duplicates/{GROUP}/check")
@admin_required
def check(group_id: int) -> ResponseReturnValue:
    """Have the copies read through of which nobody knows whether they are whole."""
    with reading() as connection:
        found = duplicates.get(connection, group_id)
    _checks().ask([one.id for one in found.unchecked])
    return group_json(found), 202


# ---- the pages


@blueprint.get("/duplicates")
@admin_required
def page() -> ResponseReturnValue:
    """The groups of one kind, those that take most room first."""
    with reading() as connection:
        amounts = duplicates.amounts(connection)
        kind = _kind() or next((one for one in amounts if amounts[one].groups), next(iter(amounts)))
        found = duplicates.page(connection, _choice(kind), limit=ON_PAGE, cursor=listings.cursor())
        shown = {"libraries": libraries.listing(connection)} | surveys.shown(connection)
    return render_template(
        "admin/duplicates.html",
        **shown,
        **_words(),
        groups=found.items,
        next=found.next,
        amounts=amounts,
        kind=kind,
        filters=_filters(),
    )


@blueprint.get(f"/duplicates/{GROUP}")
@admin_required
def compare(group_id: int) -> ResponseReturnValue:
    """The copies of a group, page beside page; `?page=` from 1."""
    with reading() as connection:
        found = duplicates.get(connection, group_id)
    last = max(one.page_count for one in found.copies)
    number = min(listings.number("page", 1, listings.LARGEST_ID) or 1, last)
    return render_template(
        "admin/compare.html",
        **_words(),
        iso=iso,
        group=found,
        number=number,
        last=last,
        filters=_filters(),
    )


@blueprint.post(f"/duplicates/{GROUP}/dismiss")
@admin_required
def dismiss_by_form(group_id: int) -> ResponseReturnValue:
    dismiss(group_id)
    return _back()


@blueprint.post(f"/duplicates/{GROUP}/restore")
@admin_required
def restore_by_form(group_id: int) -> ResponseReturnValue:
    restore(group_id)
    return _back()


@blueprint.post(f"/duplicates/{GROUP}/check")
@admin_required
def check_by_form(group_id: int) -> ResponseReturnValue:
    check(group_id)
    return redirect(url_for("duplicates.page", **_filters(), _anchor=f"group-{group_id}"), 303)


@blueprint.get("/duplicates/files.txt")
@admin_required
def files() -> ResponseReturnValue:
    """The files of all copies but the best, one a line, for as long as the list is."""
    others = (one.file for group in duplicates.every_group(_choice()) for one in group.others)
    response = Response((f"{file}\n" for file in others), mimetype="text/plain")
    response.headers["Content-Disposition"] = 'attachment; filename="duplicates.txt"'
    response.headers["Cache-Control"] = "no-store"
    return response


# ---- what they say


def group_json(group: Group) -> dict[str, Any]:
    """A group as programs get it; the copy to keep is the first, where one is suggested."""
    return {
        "id": group.id,
        "kind": group.kind,
        "comics": group.comics,
        "spare": group.spare,
        "dismissed": group.is_dismissed,
        "keep": group.best.comic_id if group.best.is_suggested else None,
        "why": group.best.why,
        "checking": _is_checking(group),
        "copies": [_copy_json(one) for one in group.copies],
    }


def _copy_json(one: Copy) -> dict[str, Any]:
    return {
        "id": one.id,
        "series": {"id": one.series_id, "name": one.series},
        "number": one.number,
        "title": one.title,
        "library": one.library,
        "path": one.path,
        "file": one.file,
        "container": one.container,
        "size": one.size,
        "pages": one.page_count,
        "page_size": one.picture_bytes,
        "added_at": iso(one.added_at),
        "missing": one.is_missing,
        "damaged": one.is_damaged,
        "whole": one.is_whole,
        "errors": list(one.problems),
        "readers": list(one.readers),
    }


def _words() -> dict[str, Any]:
    return {
        "report": report,
        "containers": facts.CONTAINERS,
        "labels": LABELS,
        "notes": NOTES,
        "is_checking": _is_checking,
    }


def _checks() -> CopyChecks:
    checks: CopyChecks = current_app.extensions["copy_checks"]
    return checks


def _is_checking(group: Group) -> bool:
    return _checks().under_way([one.id for one in group.copies])


def _back() -> ResponseReturnValue:
    return redirect(url_for("duplicates.page", **_filters()), 303)


# ---- what a request says


def _kind() -> DuplicateKind | None:
    words = request.args.get("kind")
    if not words:
        return None
    if words not in list(DuplicateKind):
        raise Problem(422, "invalid", f"kind must be one of {', '.join(DuplicateKind)}.")
    return DuplicateKind(words)


def _choice(kind: DuplicateKind | None = None) -> Choice:
    return Choice(
        kind=kind or _kind(),
        library_id=listings.number("library", 1, listings.LARGEST_ID),
        dismissed=request.args.get("dismissed") == "1",
    )


def _filters() -> dict[str, Any]:
    """The part of the address that says what is listed."""
    names = ("kind", "library", "dismissed")
    return {name: request.args[name] for name in names if request.args.get(name)}
