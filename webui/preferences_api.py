"""One's preferences, and the reader's settings for a series, as plain JSON objects."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db.engine import reading, writing
from db.reading import preferences, subjects
from webui import listings
from webui.deeds import deed
from webui.json_body import json_object

READER = f"/api/series/<int(max={listings.LARGEST_ID}):series_id>/reader"

blueprint = Blueprint("preferences_api", __name__)


@blueprint.get("/api/preferences")
def get() -> ResponseReturnValue:
    with reading() as connection:
        return preferences.of_user(connection, current_user.id)


@blueprint.put("/api/preferences")
def put() -> ResponseReturnValue:
    """Set some preferences, and leave the others; null forgets one. Answers all."""
    body = json_object()
    with writing() as connection:
        preferences.change(connection, deed(), body)
        return preferences.of_user(connection, current_user.id)


@blueprint.get(READER)
def get_reader(series_id: int) -> ResponseReturnValue:
    """How a series is read: what was set for it, over what one prefers elsewhere."""
    with reading() as connection:
        subjects.require_series(connection, series_id)
        usual = preferences.of_user(connection, current_user.id)
        own = preferences.of_series(connection, current_user.id, series_id)
    return _reader(usual) | own


@blueprint.put(READER)
def put_reader(series_id: int) -> ResponseReturnValue:
    """Set some of the reader's settings for a series; null forgets one. Answers as GET."""
    body = json_object()
    with writing() as connection:
        preferences.change_series(connection, deed(), series_id, body)
    return get_reader(series_id)


def _reader(usual: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in usual.items() if name in preferences.READER}
