"""What somebody has chosen: preferences for everything, and the reader's settings for a series.

Each is a name with a JSON value. The names that Longbox itself uses have values of their own,
checked here; programs may keep others beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from db.reading import ledger, subjects
from db.reading.entries import Entry, Kind
from db.reading.journal import Deed
from db.reading.words import Unfit
from db.schema import preferences, reader_settings

LONGEST_VALUE = 4_000  # characters of JSON
MOST_AT_ONCE = 100

Check = Callable[[Any], str | None]


def _one_of(*values: str) -> Check:
    return lambda value: None if value in values else f"one of {', '.join(values)}"


def _number(low: float, high: float) -> Check:
    def check(value: Any) -> str | None:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return None if fits and low <= value <= high else f"a number from {low:g} to {high:g}"

    return check


def _yes_or_no(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


# The reader's settings, for all comics (as preferences) or for those of one series.
READER: dict[str, Check] = {
    "layout": _one_of("single", "double", "vertical", "horizontal"),
    "direction": _one_of("auto", "ltr", "rtl"),
    "fit": _one_of("width", "height", "original", "smart"),
    "cover_alone": _yes_or_no,
    "shifted": _yes_or_no,  # the pages of a spread are counted from the other one
    "gaps": _yes_or_no,  # between the pages of a strip
    "brightness": _number(0, 400),  # per cent, as these
    "contrast": _number(0, 400),
    "saturation": _number(0, 400),
    "sepia": _number(0, 100),
    "invert": _yes_or_no,
    "auto_advance": _number(1, 3600),  # seconds
}

PREFERENCES: dict[str, Check] = READER | {
    "theme": _one_of("dark", "light", "device", "contrast"),
}


def of_user(connection: Connection, user_id: int) -> dict[str, Any]:
    """All preferences of a user that are set."""
    rows = connection.execute(
        select(preferences.c.name, preferences.c.value).where(preferences.c.user_id == user_id)
    )
    return {row.name: json.loads(row.value) for row in rows}


def of_series(connection: Connection, user_id: int, series_id: int) -> dict[str, Any]:
    """The reader's settings of a user for a series, those that are set."""
    rows = connection.execute(
        select(reader_settings.c.name, reader_settings.c.value).where(
            reader_settings.c.user_id == user_id, reader_settings.c.series_id == series_id
        )
    )
    return {row.name: json.loads(row.value) for row in rows}


def change(connection: Connection, deed: Deed, values: Mapping[str, Any]) -> None:
    """Set preferences; None forgets one. Raises Unfit."""
    _refuse_unfit(values, PREFERENCES)
    ledger.change(
        connection,
        deed,
        {Entry(Kind.PREFERENCE, name=name): _value(value, deed) for name, value in values.items()},
    )


def change_series(
    connection: Connection, deed: Deed, series_id: int, values: Mapping[str, Any]
) -> None:
    """Set the reader's settings for a series; None forgets one. Raises Unfit or NotThere."""
    _refuse_unfit(values, READER)
    subjects.require_series(connection, series_id)
    ledger.change(
        connection,
        deed,
        {
            Entry(Kind.READER, series_id=series_id, name=name): _value(value, deed)
            for name, value in values.items()
        },
    )


def _value(value: Any, deed: Deed) -> dict[str, Any] | None:
    return None if value is None else {"value": json.dumps(value), "changed_at": deed.at}


def _refuse_unfit(values: Mapping[str, Any], checks: Mapping[str, Check]) -> None:
    if len(values) > MOST_AT_ONCE:
        raise Unfit(f"At most {MOST_AT_ONCE} settings at once, please.")
    for name, value in values.items():
        if not re.fullmatch(r"[a-z][a-z0-9_.-]{0,63}", name):
            raise Unfit(
                "A setting's name has at most 64 small letters, digits, and . _ - between them."
            )
        if value is None:
            continue
        wanted = checks[name](value) if name in checks else None
        if wanted is not None:
            raise Unfit(f"{name} must be {wanted}.")
        if len(json.dumps(value)) > LONGEST_VALUE:
            raise Unfit(f"{name} may have at most {LONGEST_VALUE:,} characters.")
