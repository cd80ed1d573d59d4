"""Shared pages: those that stand in many comics, which an admin can hide from reading.

A page is named by its sum, 16 hexadecimal digits. Hiding changes no file and no page's number.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import hidden_pages, report, shared_pages, surveys
from db.engine import reading, writing
from db.shared_pages import SharedPage
from webui import listings
from webui import surveys as surveys_page
from webui.auth import admin_required
from webui.errors import Problem
from webui.json_body import json_object, yes_or_no

ON_PAGE = 24
USUAL_ITEMS = 100
MOST_CHOSEN = 500  # pages named in one request
MOSTLY = 0.8  # of its comics: usually

blueprint = Blueprint("shared_pages", __name__)


# ---- the API


@blueprint.get("/api/shared-pages")
@admin_required
def page_list() -> ResponseReturnValue:
    """Pages that stand in many comics; with `?hidden=1` those that are hidden from reading."""
    limit = listings.limit(USUAL_ITEMS)
    with reading() as connection:
        found = shared_pages.page(
            connection, hidden=_only_hidden(), limit=limit, cursor=listings.cursor()
        )
    return {"items": [_json(one) for one in found.items], "next": found.next}


@blueprint.put("/api/shared-pages/<name>")
@admin_required
def change(name: str) -> ResponseReturnValue:
    """Hide a page from reading, or show it again: `{"hidden": true}`."""
    body = json_object()
    if "hidden" not in body:
        raise Problem(422, "invalid", 'The request needs "hidden", true or false.')
    _change(_sums([name]), is_hidden=yes_or_no(body, "hidden"))
    return "", 204


# ---- the page


@blueprint.get("/shared-pages")
@admin_required
def page() -> ResponseReturnValue:
    """What stands in many comics, the most widespread first."""
    with reading() as connection:
        found = shared_pages.page(
            connection, hidden=_only_hidden(), limit=ON_PAGE, cursor=listings.cursor()
        )
        shared, hidden = shared_pages.amounts(connection)
        shown = surveys_page.shown(connection)
    return render_template(
        "admin/shared_pages.html",
        **shown,
        pages=found.items,
        next=found.next,
        shared=shared,
        hidden=hidden,
        only_hidden=_only_hidden(),
        changed=listings.number("changed", 0, MOST_CHOSEN),
        report=report,
        place_of=place_of,
    )


@blueprint.post("/shared-pages")
@admin_required
def change_by_form() -> ResponseReturnValue:
    """Hide the chosen pages (`?to=hidden`), or show them again."""
    sums = _sums(request.form.getlist("page"))
    is_hidden = request.form.get("to") == "hidden"
    _change(sums, is_hidden=is_hidden)
    only_hidden = "1" if _only_hidden() else None
    to = "hidden" if is_hidden else "shown"
    return redirect(url_for("shared_pages.page", hidden=only_hidden, changed=len(sums), to=to), 303)


def place_of(one: SharedPage) -> str:
    """Where a page usually stands, in words."""
    for many, words in ((one.last, "the last page"), (one.first, "the first page")):
        if one.comics and many == one.comics:
            return f"always {words}"
        if many >= MOSTLY * one.comics > 0:
            return f"usually {words}"
    return "in different places" if one.comics else ""


def _change(sums: list[bytes], *, is_hidden: bool) -> None:
    """Change what is hidden; covers follow with the next survey."""
    change_them = hidden_pages.hide if is_hidden else hidden_pages.show
    with writing() as connection:
        change_them(connection, sums, current_user.name)
        if sums:
            surveys.ask(connection, current_user.name)


def _only_hidden() -> bool:
    return request.args.get("hidden") == "1"


def _sums(names: list[str]) -> list[bytes]:
    """The pages of those names; raises Problem."""
    if len(names) > MOST_CHOSEN:
        raise Problem(422, "invalid", f"Name at most {MOST_CHOSEN} pages at a time.")
    if not all(re.fullmatch("[0-9a-f]{16}", name) for name in names):
        raise Problem(422, "invalid", "A page is named by 16 hexadecimal digits.")
    return [bytes.fromhex(name) for name in names]


def _json(one: SharedPage) -> dict[str, Any]:
    return {
        "id": one.sum.hex(),
        "comics": one.comics,
        "series": one.series,
        "first": one.first,
        "last": one.last,
        "size": one.size,
        "hidden": one.is_hidden,
        "examples": [
            {
                "comic": example.comic_id,
                "page": example.page,
                "pages": example.page_count,
                "series": example.series,
                "path": example.path,
            }
            for example in one.examples
        ],
    }
