"""What people see: the Flask application, put together from one blueprint for each noun.

`create_app` is what gunicorn loads. It refuses to start on a database of another version, and
says what to run.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for
from markupsafe import Markup

from db import engine, migrate
from db.settings import settings
from stages.formats import limits
from webui import (
    account,
    artwork,
    auth,
    bookmarks_api,
    changes,
    control,
    cover_choice,
    covers,
    dry_runs,
    duplicates,
    errors,
    folder_scans,
    health,
    held,
    history_api,
    job_details,
    job_history,
    jobs,
    latency,
    libraries,
    library,
    library_api,
    library_times,
    lists_api,
    marks_api,
    metrics,
    notices,
    offline,
    pages,
    preferences_api,
    progress_api,
    proxies,
    reader,
    reading_forms,
    reading_lists,
    reading_pages,
    restoring,
    scan,
    scan_forms,
    security,
    setup,
    shared_pages,
    surveys,
    themes,
    trash,
    users,
    webhooks,
)

STATIC = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600


def create_app() -> Flask:
    """The web application; raises DatabaseUnusable when `longbox init` must be run first."""
    migrate.check()
    limits.use(limits.Limits(**settings().limits))
    # It also closes what was opened: a server may fork behind this, and SQLite's connections must
    # not be shared.
    engine.try_often()
    app = Flask(__name__, static_url_path=f"/static/{_fingerprint(STATIC)}")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR  # their address changes when they do
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(icon=icon)
    for part in (latency, proxies, errors, health, security, auth, themes, offline, notices):
        part.init_app(app)
    for page in (
        auth,
        setup,
        account,
        libraries,
        library_times,
        users,
        scan,
        scan_forms,
        dry_runs,
        folder_scans,
        control,
        jobs,
        metrics,
        job_details,
        job_history,
        notices,
        held,
        changes,
        covers,
        artwork,
        cover_choice,
        library,
        library_api,
        progress_api,
        bookmarks_api,
        marks_api,
        lists_api,
        preferences_api,
        history_api,
        reading_forms,
        reading_pages,
        reading_lists,
        restoring,
        pages,
        reader,
        offline,
        trash,
        surveys,
        duplicates,
        shared_pages,
        webhooks,
    ):
        app.register_blueprint(page.blueprint)
    return app


def icon(name: str) -> Markup:
    """A picture of the sprite, hidden from screen readers: words stand beside it."""
    return _icon(url_for("static", filename="img/icons.svg"), name)


@cache
def _icon(sprite: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        sprite, name
    )


def _fingerprint(folder: Path) -> str:
    """A short name for the content of all files of a folder."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
