"""Surveys over HTTP: where the newest one stands, and having the library looked over again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection

from db import surveys
from db.engine import reading, writing
from db.surveys import Survey
from db.times import iso
from webui.auth import admin_required

blueprint = Blueprint("surveys", __name__)


@blueprint.get("/api/survey")
@admin_required
def status() -> ResponseReturnValue:
    """The newest survey that is complete, and the one under way; null where there is none."""
    with reading() as connection:
        newest, under_way = surveys.newest(connection), surveys.under_way(connection)
    return {"newest": _json(newest), "under_way": _json(under_way)}


@blueprint.post("/api/survey")
@admin_required
def ask() -> ResponseReturnValue:
    """Have the library looked over for duplicates and shared pages."""
    with writing() as connection:
        surveys.ask(connection, current_user.name)
        return {"under_way": _json(surveys.under_way(connection))}, 202


@blueprint.post("/survey")
@admin_required
def ask_by_form() -> ResponseReturnValue:
    """The same, from the page of duplicates or that of shared pages, which is shown again."""
    with writing() as connection:
        surveys.ask(connection, current_user.name)
    page = "shared_pages.page" if request.args.get("of") == "pages" else "duplicates.page"
    return redirect(url_for(page), 303)


def shown(connection: Connection) -> dict[str, Any]:
    """What the pages tell of surveys."""
    return {
        "survey": surveys.newest(connection),
        "under_way": surveys.under_way(connection),
        "failed": surveys.failed(connection),
        "iso": iso,
    }


def _json(survey: Survey | None) -> dict[str, Any] | None:
    if survey is None:
        return None
    return {
        "id": survey.id,
        "requested_by": survey.requested_by,
        "created_at": iso(survey.created_at),
        "started_at": iso(survey.started_at),
        "completed_at": iso(survey.completed_at),
        "comics": survey.comics,
    }
