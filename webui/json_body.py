"""The JSON that a caller of the API sends: an object with fields of known types, or a 422."""

from __future__ import annotations

import json
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
