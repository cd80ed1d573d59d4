"""The answer for whoever watches that Longbox is alive: nothing about the library, no sign-in."""

from __future__ import annotations

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from db import migrate
from db.engine import DatabaseUnusable


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", view_func=healthz)


def healthz() -> ResponseReturnValue:
    """200 when the database can be read and has this program's schema, else 503."""
    try:
        migrate.check()
    except DatabaseUnusable as error:
        return jsonify(error={"code": "unavailable", "message": str(error)}), 503
    return jsonify(status="ok")
