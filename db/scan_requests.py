"""Asking for scans of one library or of all: one job for each, and what became of each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db import jobs, libraries, scan_profiles
from db.scan_options import ScanOptions, as_said, merged
from db.states import ScanKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What a library's request came to; with a `refusal`, `job_id` is the scan in its way."""

    library: str
    kind: ScanKind
    job_id: int
    refusal: str | None


def request(
    connection: Connection,
    library: str | int | None,
    said: Mapping[str, Any],
    requested_by: str,
    profile: str | None = None,
    *,
    alone: bool = False,
) -> list[Answer]:
    """Ask for a scan of a library (its name or id), or with None of every library.

    What is left open in the options that are `said` is as the profile has it, then as the library;
    or, if what is said is to count `alone`, as it is for all scans.
    Raises NoSuchLibrary, also when there is none at all, NoSuchProfile and BadOption. A scan under
    way is an answer and no exception, so that it does not keep the other libraries from theirs.
    """
    wanted = [
        (one, merged(said) if alone else options(connection, one.id, said, profile))
        for one in chosen(connection, library)
    ]
    return [_request(connection, one, asked, requested_by) for one, asked in wanted]


def options(
    connection: Connection, library_id: int, said: Mapping[str, Any], profile: str | None = None
) -> ScanOptions:
    """What a scan of a library is told in all; raises NoSuchProfile and BadOption."""
    of_profile = scan_profiles.get(connection, profile).said if profile else {}
    return merged(scan_profiles.of_library(connection, library_id), of_profile, said)


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


def chosen(connection: Connection, library: str | int | None) -> list[libraries.Library]:
    """The library that is asked for, or with None every one; raises NoSuchLibrary."""
    if library is not None:
        return [find(connection, library)]
    found = libraries.listing(connection)
    if not found:
        raise libraries.NoSuchLibrary("There is no library yet. Add the folder with your comics.")
    return found


def _request(
    connection: Connection, library: libraries.Library, asked: ScanOptions, requested_by: str
) -> Answer:
    try:
        job_id = jobs.request_scan(connection, library.id, asked.kind, as_said(asked), requested_by)
    except jobs.ScanAlreadyRunning as running:
        return Answer(library.name, asked.kind, running.job_id, str(running))
    return Answer(library.name, asked.kind, job_id, None)
