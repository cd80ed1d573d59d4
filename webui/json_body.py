"""The JSON that a caller of the API sends: an object with fields of known types, or a 422."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import request

from webui.errors import Problem


def json_object() -> dict[str, Any]:
    """The object in the request's body, whatever the request calls it; no body is an empty one."""
    data = request.get_data()
    if not data:
        return {}
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise Problem(422, "bad_json", "The body of the request is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem(422, "bad_json", "The body of the request must be a JSON object.")
    return body


def text(body: dict[str, Any], field: str) -> str:
    """A field that must be there and be text that can be written down."""
    value = body.get(field)
    if not isinstance(value, str):
        raise Problem(422, "invalid", f'The request needs "{field}", as text.')
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half a character
        raise Problem(422, "invalid", f'"{field}" is not valid Unicode.') from None
    return value


def optional_text(body: dict[str, Any], field: str, default: str = "") -> str:
    """As `text`, with what it is when it is not there."""
    return default if body.get(field) is None else text(body, field)


def whole(body: dict[str, Any], field: str, low: int, high: int, default: int | None = None) -> int:
    """A field that is a whole number; without a default it must be there."""
    value = body.get(field)
    if value is None and default is not None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Problem(
            422, "invalid", f'The request needs "{field}", a whole number from {low} to {high}.'
        )
    return value


def yes_or_no(body: dict[str, Any], field: str, default: bool = False) -> bool:
    value = body.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Problem(422, "invalid", f'"{field}" must be true or false.')
    return value


def moment(body: dict[str, Any], field: str) -> float | None:
    """A field that is a moment in ISO 8601, in epoch seconds; None when it is not there."""
    value = body.get(field)
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        raise Problem(
            422, "invalid", f'"{field}" must be a moment like 2026-11-21T12:00:00Z.'
        ) from None
