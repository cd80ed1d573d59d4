"""Job data as a file: written with all that is kept of each job, taken in as summaries.

What is taken in is history: it stands in the charts and the list of scans, and nothing of it can be
retried. A job that is here already, or was taken in before, is known by its library and the
millisecond in which it was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from db import job_history
from db.engine import reading, writing
from db.job_history import BadSummary, Summary, moment
from db.paths import display
from db.schema import job_errors, job_log, libraries
from db.times import iso, now

FORMAT = "longbox jobs"
VERSION = 1
AT_ONCE = 200  # summaries in one transaction


class BadFile(ValueError):
    """A file that is no export of jobs; the message is the sentence for the user."""


@dataclass(slots=True)
class TakenIn:
    """How many jobs of a file were new and how many were here already; and the libraries that are
    not here, with how many jobs each had."""

    new: int = 0
    known: int = 0
    elsewhere: dict[str, int] = field(default_factory=dict)


def export() -> Iterator[str]:
    """The parts of a JSON text: `{"format", "version", "exported_at", "jobs": […]}`, the jobs
    oldest first, each read in a transaction of its own."""
    head = {"format": FORMAT, "version": VERSION, "exported_at": iso(now())}
    yield json.dumps(head)[:-1] + ', "jobs": ['
    comma = ""
    for record in _records():
        yield f"{comma}\n{json.dumps(record, ensure_ascii=False)}"
        comma = ","
    yield "\n]}\n"


def take_in(text: str | bytes) -> TakenIn:
    """Take in what `export` has written; raises BadFile, and then nothing is taken in."""
    by_library: dict[str, list[Summary]] = {}
    for one in _read(text):
        by_library.setdefault(one.library, []).append(one)
    done = TakenIn()
    with reading() as connection:
        query = select(libraries.c.name, libraries.c.id).where(libraries.c.removed_at.is_(None))
        ids = {row.name: row.id for row in connection.execute(query)}
    for name, found in by_library.items():
        if name not in ids:
            done.elsewhere[name] = len(found)
            continue
        new = _keep(ids[name], found)
        done.new += new
        done.known += len(found) - new
    return done


def _keep(library_id: int, found: list[Summary]) -> int:
    with reading() as connection:
        here = job_history.asked_at(connection, library_id)
    others = [one for one in found if one.created_at not in here]
    many = 0
    for start in range(0, len(others), AT_ONCE):
        with writing() as connection:
            many += job_history.keep(connection, library_id, others[start : start + AT_ONCE])
    return many


def _read(text: str | bytes) -> list[Summary]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadFile("This file is no JSON.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadFile("This file is no export of jobs.")
    if content.get("version") != VERSION:
        raise BadFile("This export was written by a newer Longbox. Update this one first.")
    jobs = content.get("jobs")
    if not isinstance(jobs, list):
        raise BadFile("This export has no list of jobs.")
    try:
        return [job_history.from_json(one) for one in jobs]
    except BadSummary as error:
        raise BadFile(f"One of the jobs cannot be read. {error}") from None


def _records() -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with reading() as connection:
            kept = job_history.stored(connection, AT_ONCE, after)
        if not kept:
            break
        after = kept[-1][0]
        for _, one in kept:
            yield job_history.to_json(one)
    with reading() as connection:
        ids = job_history.all_ended(connection)
    for job_id in ids:
        with reading() as connection:
            summary = job_history.of_job(connection, job_id)
            lists = _lists(connection, job_id)
        if summary is not None:  # else it was forgotten just now
            yield job_history.to_json(summary) | lists  # to who may take long, outside of it


def _lists(connection: Connection, job_id: int) -> dict[str, Any]:
    failed = select(job_errors).where(job_errors.c.job_id == job_id).order_by(job_errors.c.id)
    lines = select(job_log).where(job_log.c.job_id == job_id).order_by(job_log.c.id)
    return {
        "files": [
            {
                "path": display(row.path),
                "phase": row.phase,
                "error": row.error_class,
                "message": row.message,
                "attempts": row.attempts,
                "first_seen_at": moment(row.first_seen_at),
                "last_seen_at": moment(row.last_seen_at),
                "resolved_at": moment(row.resolved_at),
            }
            for row in connection.execute(failed)
        ],
        "log": [
            {
                "at": moment(row.at),
                "level": row.level,
                "phase": row.phase,
                "path": display(row.path) if row.path else None,
                "message": row.message,
            }
            for row in connection.execute(lines)
        ],
    }
