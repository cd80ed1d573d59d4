"""Signing in and out, and the rule that everything else is for people who have.

The one cookie is `session_token`; it is looked up in the sessions table whenever that may have
changed, so what is revoked there is over at once. Flask's own session is not used at all. Programs
bring a token of an admin's instead (`Authorization: Bearer …`), which opens the API and no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import ClassVar, ParamSpec, TypeVar

from flask import (
    Blueprint,
    Flask,
    Request,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.wrappers import Response

from db import api_tokens, passwords, registration, sessions, throttle, users
from db.engine import reading, writing
from db.remembered import Remembered
from webui.errors import Problem
from webui.json_body import json_object, text
from webui.proxies import cookie_path

P = ParamSpec("P")
R = TypeVar("R")

COOKIE = "session_token"

# What answers a stranger; everything else asks to sign in.
PUBLIC = frozenset(
    {
        "static",
        "healthz",
        "offline.manifest",
        "offline.page",
        "offline.reader",
        "offline.service_worker",
        "auth.login",
        "auth.login_by_api",
        "auth.register",
        "auth.register_by_api",
        "setup.page",
    }
)

# All that a password which is to be changed is good for.
WITH_OLD_PASSWORD = frozenset(
    {
        "account.page",
        "account.change_password",
        "auth.check",
        "auth.logout",
        "auth.logout_by_api",
    }
)

CHOOSE = "Choose a password of your own first."

blueprint = Blueprint("auth", __name__)

NO_SESSION = 0  # the session of who came with a token

# Where a token is as good as a cookie.
FOR_PROGRAMS = ("/api/", "/metrics")

_visitor = Remembered(sessions.visitor)
_bearer = Remembered(api_tokens.bearer)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user whom Flask-Login's `current_user` stands for, and their session.

    The rest is what the top of a page says, as `sessions.Visitor` has it.
    """

    id: int
    name: str
    is_admin: bool
    session_id: int
    must_change_password: bool
    theme: str | None = None
    may_have_notices: bool = True
    may_have_needs: bool = True

    is_authenticated: ClassVar[bool] = True


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load_user)
    # Flask-Login would believe a cookie of its own, too. No cookie can have this name.
    app.config["REMEMBER_COOKIE_NAME"] = "="
    app.before_request(require_sign_in)


def require_sign_in() -> ResponseReturnValue | None:
    """Let strangers see what is public; 401 for the API and the sign-in page for the rest."""
    if request.endpoint in PUBLIC:
        return None
    if current_user.is_authenticated:
        return _require_own_password()
    if request.path.startswith(FOR_PROGRAMS):
        abort(401)
    address = request.url.removeprefix(request.url_root) if request.method == "GET" else ""
    back = f"{request.script_root}/{address}" if address else None
    return redirect(url_for("auth.login", next=back), 303)


def _require_own_password() -> ResponseReturnValue | None:
    """Show those who are to choose a password the page for it alone; 403 for the API."""
    if not current_user.must_change_password or request.endpoint in WITH_OLD_PASSWORD:
        return None
    if request.path.startswith("/api/"):
        raise Problem(403, "password_to_change", CHOOSE)
    return redirect(url_for("account.page"), 303)


def admin_required(view: Callable[P, R]) -> Callable[P, R]:
    """A decorator: 403 to people who are no admins."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return guarded


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that has just begun, with the token for its cookie."""

    user: users.User
    token: str


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """The sign-in page; `next` is where to go afterwards."""
    target = local_address(request.values.get("next"))
    if request.method == "GET":
        return redirect(target) if current_user.is_authenticated else _login_page(target)
    try:
        begun = _sign_in(request.form.get("username", ""), request.form.get("password", ""))
    except HTTPException as problem:
        return _login_page(target, problem)
    return with_session(redirect(target, 303), begun.token)


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    _sign_out()
    return without_session(redirect(url_for("auth.login"), 303))


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """The page where strangers make an account, while an admin lets them."""
    _refuse_registration_while_closed()
    if request.method == "GET":
        return render_template("auth/register.html")
    name = request.form.get("username", "")
    try:
        begun = _register(name, repeated_password())
    except HTTPException as problem:
        return render_problem("auth/register.html", problem, username=name)
    return with_session(redirect(url_for("library.home"), 303), begun.token)


@blueprint.post("/api/auth/login")
def login_by_api() -> ResponseReturnValue:
    body = json_object()
    begun = _sign_in(text(body, "username"), text(body, "password"))
    return with_session(jsonify(user=_as_json(begun.user)), begun.token)


@blueprint.post("/api/auth/register")
def register_by_api() -> ResponseReturnValue:
    _refuse_registration_while_closed()
    body = json_object()
    begun = _register(text(body, "username"), text(body, "password"))
    response = with_session(jsonify(user=_as_json(begun.user)), begun.token)
    response.status_code = 201
    return response


@blueprint.post("/api/auth/logout")
def logout_by_api() -> ResponseReturnValue:
    _sign_out()
    return without_session(Response(status=204))


@blueprint.get("/api/auth/check")
def check() -> ResponseReturnValue:
    """Who is signed in; a stranger gets 401 like everywhere."""
    return {"user": _as_json(current_user)}


def verify(name: str, password: str) -> tuple[users.User, passwords.PasswordHash]:
    """The user of this name and password, and the hash that proved it.

    Raises 429 after too many failures, and 401 when either is wrong, without saying which.
    """
    address = visitors_address()
    _count_attempt(name, address)
    with reading() as connection:
        user = users.find(connection, name)
        password_hash = users.password_hash_of(connection, user.id) if user else None
    if not passwords.matches(password_hash, password):
        raise _wrong_credentials()
    assert user is not None
    assert password_hash is not None
    with writing() as connection:
        throttle.succeeded(connection, name, address)
    return user, password_hash


def begin_session(connection: Connection, user: users.User) -> Begun:
    """Sign a user in at this browser, in the place of whoever was."""
    if current_user.is_authenticated:
        sessions.end(connection, current_user.session_id)
    return Begun(user, sessions.begin(connection, user.id, request.user_agent.string))


def with_session(response: Response, token: str) -> Response:
    """The response, with the cookie of a session that was begun."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=sessions.LIFETIME,
        path=cookie_path(),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def without_session(response: Response) -> Response:
    response.delete_cookie(
        COOKIE, path=cookie_path(), httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def repeated_password() -> str:
    """The new password of a form that asks for it twice."""
    password = request.form.get("password", "")
    if password != request.form.get("again"):
        raise Problem(422, "invalid", "The two passwords are not the same.")
    return password


def visitors_address() -> str:
    """Where the request came from, or the proxy's that passed it on."""
    return request.remote_addr or ""


def local_address(target: str | None) -> str:
    """The target if it is an address of ours and nobody else's, else the library."""
    home = url_for("library.home")
    ours = rf"{re.escape(home)}(?![/\\])[^\\\x00-\x20\x7f]*"
    return target if target and re.fullmatch(ours, target) else home


def render_problem(template: str, problem: HTTPException, **values: object) -> Response:
    """A page again, with what was wrong with its form, in the problem's status."""
    page = render_template(template, problem=problem.description, **values)
    response = Response(page, status=problem.code, mimetype="text/html")
    for name, value in problem.get_headers():
        if name == "Retry-After":
            response.headers[name] = value
    return response


def _load_user(request: Request) -> SignedIn | None:
    if request.authorization and request.authorization.type == "bearer":
        return _load_bearer(request, request.authorization.token or "")
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    visitor = _visitor(token)
    if visitor is None or visitor.is_over:
        return None
    if visitor.is_due:
        # A busy database is no reason to fail a visit: the next one notes it.
        with suppress(OperationalError), writing() as connection:
            sessions.seen(connection, visitor)
    return SignedIn(
        visitor.user_id,
        visitor.name,
        visitor.is_admin,
        visitor.session_id,
        visitor.must_change_password,
        visitor.theme,
        visitor.may_have_notices,
        visitor.may_have_needs,
    )


def _load_bearer(request: Request, token: str) -> SignedIn | None:
    bearer = _bearer(token) if request.path.startswith(FOR_PROGRAMS) else None
    if bearer is None:
        return None
    if bearer.is_due:
        with suppress(OperationalError), writing() as connection:
            api_tokens.used(connection, bearer.token_id)
    return SignedIn(bearer.user_id, bearer.name, True, NO_SESSION, bearer.must_change_password)


def _sign_in(name: str, password: str) -> Begun:
    """Begin a session; raises as `verify`, and 403 for a user who is disabled."""
    user, password_hash = verify(name, password)
    anew = passwords.anew(password_hash, password)
    if anew and passwords.is_default(password):
        raise Problem(
            403,
            "default_password",
            "This password is one that everybody knows, and is not taken here. Ask the person who "
            "runs this server to set another.",
        )
    with writing() as connection:
        found = users.find(connection, user.name)
        if found is None or users.password_hash_of(connection, found.id) != password_hash:
            raise _wrong_credentials()  # changed while it was being checked
        if found.disabled_at is not None:
            raise Problem(
                403, "disabled", "This account is disabled. Ask the person who runs this server."
            )
        if anew:
            users.hash_anew(connection, found.id, password_hash, anew)
        return begin_session(connection, found)


def _sign_out() -> None:
    with writing() as connection:
        sessions.end(connection, current_user.session_id)


def _register(name: str, password: str) -> Begun:
    """Make an account and sign it in. Each counts as a try, so that an address makes only few."""
    _count_attempt("\0registration", visitors_address())
    try:
        password_hash = passwords.hashed(password)
        with writing() as connection:
            return begin_session(connection, users.add(connection, name, password_hash))
    except users.NameTaken as error:
        raise Problem(409, "name_taken", str(error)) from None
    except (users.NameUnfit, passwords.PasswordUnfit) as error:
        raise Problem(422, "invalid", str(error)) from None


def _count_attempt(name: str, address: str) -> None:
    try:
        with writing() as connection:
            throttle.attempt(connection, name, address)
    except throttle.TriedTooOften as wait:
        raise TooManyRequests(str(wait), retry_after=wait.seconds) from None


def _wrong_credentials() -> Problem:
    return Problem(401, "wrong_credentials", "The name or the password is not right.")


def _refuse_registration_while_closed() -> None:
    with reading() as connection:
        is_open = registration.is_open(connection)
    if not is_open:
        raise Problem(
            403,
            "registration_closed",
            "Registration is closed. Ask the person who runs this server for an account.",
        )


def _login_page(target: str, problem: HTTPException | None = None) -> ResponseReturnValue:
    with reading() as connection:
        is_open, has_admin = registration.is_open(connection), users.has_admin(connection)
    values = {
        "username": request.form.get("username", ""),
        "next": target,
        "registration_open": is_open,
        "has_admin": has_admin,
    }
    if problem is not None:
        return render_problem("auth/login.html", problem, **values)
    return render_template("auth/login.html", **values)


def _as_json(user: users.User | SignedIn) -> dict[str, object]:
    return {"id": user.id, "name": user.name, "is_admin": user.is_admin}
