"""Options for scans that are kept: profiles, which have names, and each library's own.

What the options are is told by `db/scan_options.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from db.dialect import insert_or_update
from db.scan_options import BadOption, Said, ScanOptions, checked, merged
from db.schema import libraries, scan_profiles

LONGEST_NAME = 60

_KEEP = insert_or_update(scan_profiles, ("name",), lambda _old, new: {"options": new.options})


class NoSuchProfile(ValueError):
    """There is no profile of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no scan profile named {name}.")


@dataclass(frozen=True, slots=True)
class Profile:
    """Options under a name; those left open are not in `said`."""

    name: str
    said: Said

    @property
    def options(self) -> ScanOptions:
        return merged(self.said)


def listing(connection: Connection) -> list[Profile]:
    """Every profile, by name."""
    rows = connection.execute(
        select(scan_profiles.c.name, scan_profiles.c.options).order_by(scan_profiles.c.name)
    )
    return [Profile(row.name, json.loads(row.options)) for row in rows]


def get(connection: Connection, name: str) -> Profile:
    """The profile of this name; raises NoSuchProfile."""
    query = select(scan_profiles.c.options).where(scan_profiles.c.name == name)
    stored = connection.execute(query).scalar()
    if stored is None:
        raise NoSuchProfile(name)
    return Profile(name, json.loads(stored))


def keep(connection: Connection, name: str, said: Mapping[str, Any]) -> Profile:
    """Keep options under a name, in the place of those that it had; raises BadOption."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or "/" in name:
        raise BadOption(
            f"A profile's name has 1 to {LONGEST_NAME} characters, all of which can be seen, "
            "and no slash."
        )
    profile = Profile(name, _sound(said))
    connection.execute(_KEEP, {"name": name, "options": json.dumps(profile.said)})
    return profile


def remove(connection: Connection, name: str) -> None:
    """Forget a profile; raises NoSuchProfile."""
    gone = delete(scan_profiles).where(scan_profiles.c.name == name)
    if not connection.execute(gone).rowcount:
        raise NoSuchProfile(name)


def of_library(connection: Connection, library_id: int) -> Said:
    """What a library's scans are told where nothing else is said."""
    query = select(libraries.c.scan_options).where(libraries.c.id == library_id)
    said: Said = json.loads(connection.execute(query).scalar_one())
    return said


def set_of_library(connection: Connection, library_id: int, said: Mapping[str, Any]) -> None:
    """Set what a library's scans are told where nothing else is said; raises BadOption."""
    stored = json.dumps(_sound(said))
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(scan_options=stored)
    )


def _sound(said: Mapping[str, Any]) -> Said:
    """What was said, checked by itself and together."""
    merged(said)
    return checked(said)
