"""The admin's pages for users: adding them, what each may do, and whether strangers may join."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from db import passwords, registration, users
from db.engine import reading, writing
from db.times import iso
from webui.auth import admin_required, render_problem, repeated_password
from webui.errors import Problem
from webui.listings import LARGEST_ID

USER = f"/users/<int(max={LARGEST_ID}):user_id>"

blueprint = Blueprint("users", __name__)

DONE = {
    "added": "The user is added and can sign in.",
    "password": "The password is changed, and the user is signed out everywhere.",
    "disabled": "The user is disabled, and signed out everywhere.",
    "enabled": "The user can sign in again.",
    "admin": "The user is an admin now.",
    "ordinary": "The user is no admin any more.",
    "removed": "The user is removed.",
    "open": "Registration is open: whoever reaches this server can make an account.",
    "closed": "Registration is closed.",
}


@blueprint.get("/users")
@admin_required
def page() -> ResponseReturnValue:
    done = DONE.get(request.args.get("done", ""))
    return render_template("admin/users.html", **_all(), done=done)


@blueprint.post("/users")
@admin_required
def add() -> ResponseReturnValue:
    name, is_admin = request.form.get("username", ""), bool(request.form.get("admin"))
    try:
        password_hash = passwords.hashed(repeated_password())
        with writing() as connection:
            users.add(connection, name, password_hash, is_admin=is_admin)
    except (users.UserError, passwords.PasswordUnfit, Problem) as error:
        form = {"username": name, "admin": is_admin}
        return render_problem("admin/users.html", _problem(error), **_all(), **form)
    return _to_all("added")


@blueprint.post("/users/registration")
@admin_required
def set_registration() -> ResponseReturnValue:
    is_open = bool(request.form.get("open"))
    with writing() as connection:
        registration.set_open(connection, is_open)
    return _to_all("open" if is_open else "closed")


@blueprint.get(USER)
@admin_required
def user(user_id: int) -> ResponseReturnValue:
    done = DONE.get(request.args.get("done", ""))
    return render_template("admin/user.html", **_one(user_id), done=done)


@blueprint.post(f"{USER}/password")
@admin_required
def set_password(user_id: int) -> ResponseReturnValue:
    """Another password for a user; an admin who resets their own stays signed in here."""
    try:
        password_hash = passwords.hashed(repeated_password())
    except (passwords.PasswordUnfit, Problem) as error:
        return render_problem("admin/user.html", _problem(error), **_one(user_id))
    here = current_user.session_id if user_id == current_user.id else None
    return _change(
        user_id,
        lambda connection: users.set_password(
            connection, user_id, password_hash, keep_session=here
        ),
        "password",
    )


@blueprint.post(f"{USER}/disable")
@admin_required
def disable(user_id: int) -> ResponseReturnValue:
    return _change(user_id, lambda connection: users.disable(connection, user_id), "disabled")


@blueprint.post(f"{USER}/enable")
@admin_required
def enable(user_id: int) -> ResponseReturnValue:
    return _change(user_id, lambda connection: users.enable(connection, user_id), "enabled")


@blueprint.post(f"{USER}/admin")
@admin_required
def set_admin(user_id: int) -> ResponseReturnValue:
    is_admin = bool(request.form.get("admin"))
    return _change(
        user_id,
        lambda connection: users.set_admin(connection, user_id, is_admin),
        "admin" if is_admin else "ordinary",
    )


@blueprint.post(f"{USER}/remove")
@admin_required
def remove(user_id: int) -> ResponseReturnValue:
    return _change(
        user_id, lambda connection: users.remove(connection, user_id), "removed", stays=False
    )


def _change(
    user_id: int, deed: Callable[[Connection], None], done: str, *, stays: bool = True
) -> ResponseReturnValue:
    """Do something to a user and show them again, or everybody when they are gone."""
    try:
        with writing() as connection:
            deed(connection)
    except users.NoSuchUser as error:
        abort(404, str(error))
    except users.UserError as error:
        return render_problem("admin/user.html", _problem(error), **_one(user_id))
    if stays:
        return redirect(url_for("users.user", user_id=user_id, done=done), 303)
    return _to_all(done)


def _all() -> dict[str, object]:
    with reading() as connection:
        everybody = users.listing(connection)
        is_open = registration.is_open(connection)
    return {"users": [_shown(one) for one in everybody], "registration_open": is_open}


def _one(user_id: int) -> dict[str, object]:
    try:
        with reading() as connection:
            return {"user": _shown(users.get(connection, user_id))}
    except users.NoSuchUser as error:
        abort(404, str(error))


def _shown(one: users.User) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "is_admin": one.is_admin,
        "is_disabled": one.disabled_at is not None,
        "is_oneself": one.id == current_user.id,
        "seen": iso(one.last_seen_at),
    }


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    is_conflict = isinstance(error, users.NameTaken | users.LastAdmin)
    return Problem(409 if is_conflict else 422, "invalid", str(error))


def _to_all(done: str) -> Response:
    return redirect(url_for("users.page", done=done), 303)
