"""Reading a `series.json`, as Mylar writes it (`{"metadata": {…}}`) or flat."""

from __future__ import annotations

import json
from typing import Any

from stages.formats import ErrorClass, FormatError
from stages.formats.errors import from_os_error

LARGEST = 1 << 20  # bytes; a real one has a few thousand

# Mylar's names: https://github.com/mylar3/mylar3/wiki/series.json-schema-%28version-1.0.2%29
_TEXTS = {
    "publisher": "publisher",
    "imprint": "imprint",
    "status": "status",
    "booktype": "booktype",
    "description": "description_text",
    "comicvine_id": "comicid",
}
_NUMBERS = {"year": "year", "total_issues": "total_issues"}


def read(path: bytes) -> dict[str, Any]:
    """What the file says, by the names of the `series` table's columns; raises FormatError."""
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise from_os_error(error, path) from error
    if len(content) > LARGEST:
        sentence = "It is far larger than any series.json (over 1 MB), so it is not read."
        raise FormatError(ErrorClass.TOO_LARGE, sentence)
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        sentence = "It is not valid JSON."
        raise FormatError(ErrorClass.METADATA_INVALID, sentence) from None
    if isinstance(said, dict) and isinstance(said.get("metadata"), dict):
        said = said["metadata"]
    if not isinstance(said, dict):
        sentence = "It holds no object with a series' data."
        raise FormatError(ErrorClass.METADATA_INVALID, sentence)
    return _columns(said)


def _columns(said: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {column: _text(said.get(name)) for column, name in _TEXTS.items()}
    columns |= {column: _number(said.get(name)) for column, name in _NUMBERS.items()}
    columns["description"] = columns["description"] or _text(said.get("description"))
    return columns


def _text(value: Any) -> str | None:
    if isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value).encode("utf-8", "replace").decode()  # JSON may spell lone surrogates
        return text.replace("\0", "").strip() or None
    return None


def _number(value: Any) -> int | None:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < 2**31 else None
