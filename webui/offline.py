"""Longbox on a device: what makes it installable, and its pages for when there is no connection.

The service worker keeps these pages and all static files in the browser, where whoever opens it
next would find them: so they are the same for everybody, and say nothing of anyone. What a person
keeps offline is fetched and bound to them by `static/js/offline/`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

from flask import Blueprint, Flask, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webui.errors import Problem

# Whose page an answer is, and on whose behalf a request is sent.
USER = "X-Longbox-User"

WORKER = "js/service-worker.js"
GROUND = {"dark": "#0f0d0b", "light": "#faf6ef"}  # --ground of the style sheets

blueprint = Blueprint("offline", __name__)


def init_app(app: Flask) -> None:
    app.before_request(refuse_for_another)
    app.after_request(say_whose_page)
    app.jinja_env.globals.update(ground=GROUND)


def refuse_for_another() -> None:
    """Refuse what was noted offline by one person when another is signed in by now."""
    user = request.headers.get(USER)
    if user is not None and current_user.is_authenticated and user != str(current_user.id):
        raise Problem(409, "other_user", "Somebody else is signed in at this browser now.")


def say_whose_page(response: Response) -> Response:
    """Tell the service worker who is signed in, before the page itself is there."""
    is_page = response.status_code == 200 and response.mimetype == "text/html"
    if is_page and current_user.is_authenticated:
        response.headers[USER] = str(current_user.id)
    return response


@blueprint.get("/offline")
def page() -> ResponseReturnValue:
    """What is kept in this browser; also where a page would be that cannot be reached."""
    return render_template("offline/page.html")


@blueprint.get("/offline/reader")
def reader() -> ResponseReturnValue:
    """The reader without a comic: which one it is, the address says where it is shown."""
    nothing = SimpleNamespace(id=0, series_id=0, series_name="", title="", stem="")
    return render_template("offline/reader.html", comic=nothing, number="", count=1, page=1)


@blueprint.get("/service-worker.js")
def service_worker() -> ResponseReturnValue:
    """The service worker; browsers look with each page whether it is another."""
    made = current_app.extensions.get("service_worker")  # of the address that people use
    if made is None or made[0] != request.script_root:
        made = current_app.extensions["service_worker"] = (request.script_root, _program())
    response = Response(made[1], mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _program() -> str:
    """The service worker's text; it is another as soon as any file or page that it keeps is."""
    static = Path(current_app.static_folder or "")
    files = sorted(str(file.relative_to(static)) for file in static.rglob("*") if file.is_file())
    shell = {
        "version": _version(),
        "root": request.script_root,
        "static": url_for("static", filename=""),
        "files": [url_for("static", filename=file) for file in files if file != WORKER],
        "page": url_for("offline.page"),
        "reader": url_for("offline.reader"),
        "user": USER,
    }
    return f"const SHELL = {json.dumps(shell)};\n{(static / WORKER).read_text()}"


@blueprint.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """What Longbox is called and looks like among a device's programs."""
    shortcuts = {"Your reading": "reading_pages.begun", "Kept offline": "offline.page"}
    answer = {
        "id": url_for("library.home"),
        "name": "Longbox",
        "short_name": "Longbox",
        "description": "Your comics, wherever you read them.",
        "lang": "en",
        "start_url": url_for("library.home"),
        "scope": url_for("library.home"),
        "display": "standalone",
        "background_color": GROUND["dark"],
        "theme_color": GROUND["dark"],
        "categories": ["books", "entertainment"],
        "icons": [
            _icon("icon-192.png", "192x192"),
            _icon("icon-512.png", "512x512"),
            _icon("icon-maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            {"name": name, "url": url_for(view), "icons": [_icon("icon-192.png", "192x192")]}
            for name, view in shortcuts.items()
        ],
    }
    response = Response(json.dumps(answer), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _icon(file: str, sizes: str, purpose: str = "any") -> dict[str, str]:
    address = url_for("static", filename=f"img/{file}")
    return {"src": address, "sizes": sizes, "type": "image/png", "purpose": purpose}


def _version() -> str:
    """A short name for everything that the service worker keeps."""
    digest = hashlib.blake2b((current_app.static_url_path or "").encode(), digest_size=6)
    for file in sorted(Path(current_app.root_path, "templates").rglob("*.html")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
