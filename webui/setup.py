"""The set-up page behind the one-time link: the first admin, and the folder of their comics.

The link is used up in the transaction that makes the admin, so of two people with the same link
one is told that it is not valid any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import jobs, libraries, passwords, setup_links, users
from db.engine import reading, writing
from db.states import ScanKind
from pipeline import tasks
from webui.auth import Begun, begin_session, render_problem, repeated_password, with_session
from webui.errors import Problem
from webui.libraries import folder_of_form

blueprint = Blueprint("setup", __name__)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the set-up made: the admin's session and, with a folder, its first scan."""

    begun: Begun
    job_id: int | None


@blueprint.route("/setup", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    token = request.values.get("token", "")
    with reading() as connection:
        if users.has_admin(connection):
            return redirect(url_for("library.home"), 303)
        is_good = setup_links.is_good(connection, token)
        asks_for_folder = not libraries.listing(connection)
    if not is_good:
        raise _unusable()
    form = {
        "token": token,
        "username": request.form.get("username", ""),
        "folder": request.form.get("folder", ""),
        "asks_for_folder": asks_for_folder,
    }
    if request.method == "GET":
        return render_template("setup/page.html", **form)
    try:
        made = _set_up(token)
    except setup_links.LinkUnusable:
        raise _unusable() from None
    except (users.UserError, passwords.PasswordUnfit, libraries.LibraryError) as error:
        return render_problem("setup/page.html", Problem(422, "invalid", str(error)), **form)
    except Problem as problem:
        return render_problem("setup/page.html", problem, **form)
    if made.job_id is not None:
        tasks.ring(made.job_id)
    return with_session(redirect(url_for("library.home"), 303), made.begun.token)


def _set_up(token: str) -> SetUp:
    """Do all that the form asks for, or nothing of it."""
    password_hash = passwords.hashed(repeated_password())
    folder = folder_of_form() if request.form.get("folder") else None
    with writing() as connection:
        setup_links.use_up(connection, token)
        admin = users.add(
            connection, request.form.get("username", ""), password_hash, is_admin=True
        )
        job_id = None
        if folder is not None:
            library = libraries.add(connection, folder)
            job_id = jobs.request_scan(connection, library.id, ScanKind.QUICK, {}, admin.name)
        return SetUp(begin_session(connection, admin), job_id)


def _unusable() -> Problem:
    return Problem(410, "link_unusable", str(setup_links.LinkUnusable()))
