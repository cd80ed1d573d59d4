"""Everybody's own page: their password, where they are signed in, their reading data as a
file, and an admin's tokens for programs."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from db import api_tokens, passwords, sessions, users
from db.engine import reading, writing
from db.times import iso
from webui.auth import CHOOSE, admin_required, render_problem, repeated_password, verify
from webui.browsers import browser_name
from webui.errors import Problem
from webui.history_api import LARGEST_FILE, take_in

blueprint = Blueprint("account", __name__)

DONE = {
    "password": "Your password is changed. Everywhere else you are signed out.",
    "others": "Everywhere else you are signed out.",
    "token": "The token is removed. Whoever used it is refused from now on.",
}


@blueprint.get("/account")
def page() -> ResponseReturnValue:
    done = DONE.get(request.args.get("done", ""))
    problem = CHOOSE if current_user.must_change_password else None
    return render_template("account/page.html", **_shown(), done=done, problem=problem)


@blueprint.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Takes the current password too, and ends sessions elsewhere and all tokens."""
    try:
        new = passwords.hashed(repeated_password())
        _require_current()
    except passwords.PasswordUnfit as error:
        return _page_again(Problem(422, "invalid", str(error)))
    except HTTPException as problem:
        return _page_again(problem)
    with writing() as connection:
        users.set_password(connection, current_user.id, new, keep_session=current_user.session_id)
    return redirect(url_for("account.page", done="password"), 303)


@blueprint.post("/account/sign-out-others")
def sign_out_others() -> ResponseReturnValue:
    """Ends sessions elsewhere and all tokens."""
    with writing() as connection:
        users.sign_out(connection, current_user.id, keep_session=current_user.session_id)
    return redirect(url_for("account.page", done="others"), 303)


@blueprint.post("/account/reading")
def bring_in() -> ResponseReturnValue:
    """Takes in a file of reading data, and says what became of it."""
    request.max_content_length = LARGEST_FILE
    try:
        uploaded = request.files.get("file")
        taken = take_in(uploaded.read() if uploaded else b"")
    except HTTPException as problem:
        return _page_again(problem)
    words = f"{taken.changed:,} entries are new or changed, {taken.same:,} were here already."
    if taken.awaited:
        words += f" {taken.awaited:,} are kept until their comics turn up here."
    return render_template("account/page.html", **_shown(), done=words)


@blueprint.post("/account/tokens")
@admin_required
def add_token() -> ResponseReturnValue:
    """Takes the current password too; makes a token for a program, and shows it this once."""
    name = request.form.get("name", "")
    try:
        _require_current()
        with writing() as connection:
            token = api_tokens.add(connection, users.get(connection, current_user.id), name)
    except api_tokens.TokenError as error:
        return _page_again(Problem(422, "invalid", str(error)), token_name=name)
    except HTTPException as problem:
        return _page_again(problem, token_name=name)
    page = render_template("account/page.html", **_shown(), token=token, token_name=name.strip())
    return page, {"Cache-Control": "no-store"}


@blueprint.post("/account/tokens/remove")
@admin_required
def remove_token() -> ResponseReturnValue:
    try:
        with writing() as connection:
            api_tokens.remove(connection, current_user.id, request.form.get("name", ""))
    except api_tokens.TokenError as error:
        return _page_again(Problem(404, "no_such_token", str(error)))
    return redirect(url_for("account.page", done="token"), 303)


def _require_current() -> None:
    """Take the password of whoever is signed in, so that a screen left open gives nobody the
    account; raises Problem, or 429 after too many that were wrong."""
    try:
        verify(current_user.name, request.form.get("current", ""))
    except HTTPException as problem:
        if problem.code != 401:
            raise
        wrong = "Your current password is not right."
        raise Problem(422, "wrong_password", wrong) from None


def _page_again(problem: HTTPException, **values: str) -> Response:
    return render_problem("account/page.html", problem, **_shown(), **values)


def _shown() -> dict[str, object]:
    return {"sessions": _sessions(), "tokens": _tokens()}


def _tokens() -> list[dict[str, object]]:
    """The tokens of an admin; others have none."""
    with reading() as connection:
        found = api_tokens.listing(connection, current_user.id)
    return [
        {"name": one.name, "made": iso(one.created_at), "used": iso(one.last_used_at)}
        for one in found
    ]


def _sessions() -> list[dict[str, object]]:
    with reading() as connection:
        found = sessions.of_user(connection, current_user.id)
    return [
        {
            "browser": browser_name(session.agent),
            "agent": session.agent,
            "is_this": session.id == current_user.session_id,
            "began": iso(session.created_at),
            "seen": iso(session.seen_at),
        }
        for session in found
    ]
