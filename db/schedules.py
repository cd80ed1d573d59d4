"""Schedules: the scans of a library that begin by the clock, one rule for each kind of scan.

The moment of the next run is in the row, and moves on in the transaction that asks for the scan:
a run is neither lost nor made twice by whatever ends in between. Runs that were missed while
Longbox was off are made up for by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from db import rules, scan_requests
from db.dialect import insert_or_update
from db.libraries import get
from db.schema import libraries, scan_jobs, schedules
from db.states import ACTIVE, ScanKind
from db.times import now

BY = "the schedule"
KINDS = (ScanKind.QUICK, ScanKind.FULL)  # that can be scheduled; each does what those before it do

_SET = insert_or_update(
    schedules, ("library_id", "kind"), lambda _old, new: {"rule": new.rule, "next_at": new.next_at}
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When one kind of scan of a library begins by itself; `next_at` is epoch seconds."""

    library_id: int
    kind: ScanKind
    rule: str
    next_at: float


def of_library(connection: Connection, library_id: int) -> list[Schedule]:
    """A library's schedules, the smaller scan first."""
    found = _found(connection, _rows().where(schedules.c.library_id == library_id))
    return sorted(found, key=lambda one: KINDS.index(one.kind))


def put(connection: Connection, library_id: int, kind: ScanKind, text: str) -> Schedule | None:
    """Set when a kind of scan begins; an empty text is for never. Raises RuleUnfit, NoSuchLibrary.

    A rule that is there already keeps a run that is due.
    """
    get(connection, library_id)
    if not text.strip():
        connection.execute(delete(schedules).where(_is(library_id, kind)))
        return None
    rule = rules.parse(text)
    for one in of_library(connection, library_id):
        if one.kind is kind and one.rule == rule.text:
            return one
    made = Schedule(library_id, kind, rule.text, rule.after(now()))
    values = {"library_id": library_id, "kind": kind, "rule": made.rule, "next_at": made.next_at}
    connection.execute(_SET, values)
    return made


def due(connection: Connection) -> list[Schedule]:
    """The runs whose moment has come, of libraries without a scan that has not ended."""
    busy = select(scan_jobs.c.id).where(
        scan_jobs.c.library_id == schedules.c.library_id, scan_jobs.c.status.in_(ACTIVE)
    )
    query = _rows().where(schedules.c.next_at <= now(), ~busy.exists())
    return _found(connection, query)


def run(connection: Connection, library_id: int) -> int | None:
    """Ask for the largest scan of a library that is due; answers the job, None if nothing is due.

    The smaller ones that are due are done with it.
    """
    found = [one for one in of_library(connection, library_id) if one.next_at <= now()]
    if not found:
        return None
    [answer] = scan_requests.request(connection, library_id, {"kind": found[-1].kind}, BY)
    if answer.refusal is not None:
        return None  # one has just begun; the run stays due
    for one in found:
        _set_next(connection, one, rules.parse(one.rule).after(now()))
    return answer.job_id


def too_far_away(connection: Connection) -> list[Schedule]:
    """The runs that are to come later than their rules say, as happens when the server's clock or
    time zone is set; each with the moment that is right."""
    found = []
    for one in _found(connection, _rows()):
        right = rules.parse(one.rule).after(now())
        if one.next_at > right:
            found.append(Schedule(one.library_id, one.kind, one.rule, right))
    return found


def set_right(connection: Connection, one: Schedule) -> None:
    """Bring a run that was too far away to its moment."""
    _set_next(connection, one, one.next_at)


def _set_next(connection: Connection, one: Schedule, moment: float) -> None:
    connection.execute(
        update(schedules)
        .where(_is(one.library_id, one.kind), schedules.c.rule == one.rule)
        .values(next_at=moment)
    )


def _is(library_id: int, kind: ScanKind) -> Any:
    return (schedules.c.library_id == library_id) & (schedules.c.kind == kind)


def _rows() -> Select[Any]:
    """The schedules of libraries that are there."""
    there = libraries.c.id == schedules.c.library_id
    return (
        select(schedules.c.library_id, schedules.c.kind, schedules.c.rule, schedules.c.next_at)
        .join(libraries, there & libraries.c.removed_at.is_(None))
        .order_by(schedules.c.library_id)
    )


def _found(connection: Connection, query: Select[Any]) -> list[Schedule]:
    return [
        Schedule(row.library_id, ScanKind(row.kind), row.rule, row.next_at)
        for row in connection.execute(query)
    ]
