"""What people are told on every page: that a library is ready; and to admins, what needs them.

Both stand at the top of the page, and come with the status of a scan while one looks on. The form
works without JavaScript; js/notices.js sends it to the API.
"""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import job_report, notices
from db import needs as known_needs
from db.engine import writing
from db.needs import Need
from db.notices import Notice
from webui import listings
from webui.auth import local_address
from webui.errors import Problem
from webui.json_body import json_object

blueprint = Blueprint("notices", __name__)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(
        unseen_notices=unseen, admin_needs=needs, notice_words=job_report.notice_words
    )


def unseen() -> list[Notice]:
    """What the present user has not waved away yet."""
    if current_user.is_authenticated and current_user.may_have_notices:
        return notices.of_user(current_user.id)
    return []


def needs() -> list[Need]:
    """What needs an administrator, if the present user is one."""
    if current_user.is_authenticated and current_user.is_admin:
        return known_needs.now(among_jobs=current_user.may_have_needs)
    return []


@blueprint.post("/api/notices/seen")
def seen() -> ResponseReturnValue:
    """Wave a notice away, and those before it: `{"id"}`."""
    number = json_object().get("id")
    if not isinstance(number, int) or not 0 < number <= listings.LARGEST_ID:
        raise Problem(422, "invalid", '"id" must be the number of a notice.')
    _wave_away(number)
    return "", 204


@blueprint.post("/notices/seen")
def seen_by_form() -> ResponseReturnValue:
    number = request.form.get("id", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Problem(422, "invalid", '"id" must be the number of a notice.')
    _wave_away(int(number))
    return redirect(local_address(request.form.get("next")), 303)


def _wave_away(number: int) -> None:
    with writing() as connection:
        notices.wave_away(connection, current_user.id, number)
