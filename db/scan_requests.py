"""Asking for scans of one library or of all: one job for each, and what became of each request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db import jobs, libraries
from db.states import ScanKind

# What a scan can be told besides its kind: the option's name and the values it may have.
OPTIONS = {"thumbnails": ("series", "all", "none")}


class BadOption(ValueError):
    """A scan cannot be told this; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a library's request came to; with a `refusal`, `job_id` is the scan in its way."""

    library: str
    job_id: int
    refusal: str | None


def request(
    connection: Connection,
    library: str | int | None,
    kind: ScanKind,
    options: dict[str, Any],
    requested_by: str,
) -> list[Answer]:
    """Ask for a scan of a library (its name or id), or with None of every library.

    Raises NoSuchLibrary, also when there is none at all, and BadOption. A scan under way is an
    answer and no exception, so that it does not keep the other libraries from theirs.
    """
    _check(options)
    return [
        _request(connection, one, kind, options, requested_by)
        for one in chosen(connection, library)
    ]


def find(connection: Connection, library: str | int) -> libraries.Library:
    """The library of this name, or else of this id; raises NoSuchLibrary."""
    if isinstance(library, int):
        return libraries.get(connection, library)
    try:
        return libraries.named(connection, library)
    except libraries.NoSuchLibrary:
        if library.isascii() and library.isdigit() and len(library) < 19:  # as SQL has them
            return libraries.get(connection, int(library))
        raise


def _check(options: dict[str, Any]) -> None:
    for name, value in options.items():
        if name not in OPTIONS:
            raise BadOption(f"A scan has no option {name}; it knows {', '.join(OPTIONS)}.")
        if value not in OPTIONS[name]:
            raise BadOption(f"The option {name} must be one of {', '.join(OPTIONS[name])}.")


def chosen(connection: Connection, library: str | int | None) -> list[libraries.Library]:
    """The library that is asked for, or with None every one; raises NoSuchLibrary."""
    if library is not None:
        return [find(connection, library)]
    found = libraries.listing(connection)
    if not found:
        raise libraries.NoSuchLibrary("There is no library yet. Add the folder with your comics.")
    return found


def _request(
    connection: Connection,
    library: libraries.Library,
    kind: ScanKind,
    options: dict[str, Any],
    requested_by: str,
) -> Answer:
    try:
        job_id = jobs.request_scan(connection, library.id, kind, options, requested_by)
    except jobs.ScanAlreadyRunning as running:
        return Answer(library.name, running.job_id, str(running))
    return Answer(library.name, job_id, None)
