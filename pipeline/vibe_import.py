"""Bringing over what a Vibe CBR Reader knows: its users, and what they have read.

Each user and each few hundred rows are a transaction of their own. One that is killed in between
has done a part, and going over it again does the rest. A dry run opens no transaction that writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from db import passwords, users
from db.engine import reading, writing
from db.legacy import matching, translation, vibe
from db.legacy.matching import Matches, Root
from db.legacy.translation import Told, What, Why
from db.legacy.vibe import Vibe
from db.reading import bringing
from db.reading.bringing import Outcome, Row
from db.reading.journal import Cause, Deed
from db.users import NameUnfit

AT_ONCE = 100  # rows; some 20 ms
LOOKED_AT_ONCE = 10_000  # rows: with the lists, what is in them
NOBODY = 0  # no user has this id


class Became(StrEnum):
    """What became of a user."""

    ADDED = "added"
    MERGED = "merged"  # into the user of that name who is here
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A user of the other server; `note` is a sentence for whoever looks after this one."""

    name: str
    is_admin: bool
    became: Became
    note: str


@dataclass(slots=True)
class Report:
    """What came over and what did not: outcomes of rows, and why others were left out."""

    source: Vibe
    found: Matches
    arrivals: list[Arrival] = field(default_factory=list)
    rows: Counter[tuple[What, Outcome]] = field(default_factory=Counter)
    left: Counter[tuple[What, Why]] = field(default_factory=Counter)

    def total(self, what: What) -> int:
        counted = (*self.rows.items(), *self.left.items())
        return sum(many for (one, _), many in counted if one is what)


def bring(source: Vibe, roots: Sequence[Root], *, dry_run: bool) -> Report:
    """Bring a database over, or only say what would become of it."""
    with reading() as connection:
        found = matching.match(connection, source, roots)
    report = Report(source, found)
    rows: dict[int, list[Told]] = {}
    for one in translation.rows_of(source, found):
        if one.why is not None or one.user_id is None:
            report.left[one.what, one.why or Why.NO_USER] += 1
        else:
            rows.setdefault(one.user_id, []).append(one)
    seen: set[str] = set()
    for user in source.users:
        arrival, user_id = _arrive(user, seen, dry_run=dry_run)
        report.arrivals.append(arrival)
        _take_in(report, arrival, user_id, rows.get(user.id, []), dry_run=dry_run)
    return report


def _arrive(user: vibe.User, seen: set[str], *, dry_run: bool) -> tuple[Arrival, int]:
    """The user here who is that one, added if there is none."""
    key = users.name_key(user.name)
    if key in seen:
        return _left(user, "Another user there has the same name but for its case."), NOBODY
    seen.add(key)
    with reading() as connection:
        here = users.find(connection, user.name)
    if here is not None:
        return Arrival(here.name, here.is_admin, Became.MERGED, ""), here.id
    password_hash = passwords.brought(user.password_hash)
    if password_hash and user.must_change:
        password_hash = passwords.to_change(password_hash)
    arrival = Arrival(
        user.name, user.is_admin, Became.ADDED, _note(user, is_open=password_hash is not None)
    )
    try:
        users.checked_name(user.name)
        if dry_run:
            return arrival, NOBODY
        with writing() as connection:
            added = users.add(
                connection,
                user.name,
                password_hash or passwords.NONE,
                is_admin=user.is_admin,
                is_disabled=not user.is_approved,
                created_at=user.created_at,
            )
        return arrival, added.id
    except NameUnfit as error:
        return _left(user, str(error)), NOBODY


def _take_in(
    report: Report, arrival: Arrival, user_id: int, told: Sequence[Told], *, dry_run: bool
) -> None:
    if arrival.became is Became.LEFT:
        report.left.update((one.what, Why.NO_NAME) for one in told)
        return
    deed = Deed(user_id, Cause.IMPORT, translation.NAME)
    for some in _portions(told, LOOKED_AT_ONCE if dry_run else AT_ONCE):
        rows = [one.row for one in some if one.row is not None]
        results = _looked_at(user_id, rows) if dry_run else _written(deed, rows)
        for one, outcome in zip(some, results, strict=True):
            report.rows[one.what, outcome] += 1


def _looked_at(user_id: int, rows: Sequence[Row]) -> list[Outcome]:
    with reading() as connection:
        return bringing.outcomes(connection, user_id, rows)


def _written(deed: Deed, rows: Sequence[Row]) -> list[Outcome]:
    """Take rows in; nobody waits for those of which nothing is new."""
    expected = _looked_at(deed.user_id, rows)
    if not {Outcome.BROUGHT, Outcome.KEPT} & {*expected}:
        return expected
    with writing() as connection:
        return bringing.take_in(connection, deed, rows)


def _portions(told: Sequence[Told], size: int) -> Iterator[list[Told]]:
    left = iter(told)
    while some := list(islice(left, size)):
        yield some


def _left(user: vibe.User, why: str) -> Arrival:
    return Arrival(user.name, user.is_admin, Became.LEFT, why)


def _note(user: vibe.User, *, is_open: bool) -> str:
    notes = []
    how = f"`longbox user password {user.name}` sets one"
    if not user.is_approved:
        notes.append("Was not approved there, and is disabled here until you enable them.")
    if not is_open:
        notes.append(f"Has no password that can be checked: {how}.")
    elif passwords.is_brought_default(user.password_hash):
        notes.append(f"Has a password that everybody knows, which is not taken: {how}.")
    elif user.must_change:
        notes.append("Chooses another password at the first sign-in, as was so there.")
    return " ".join(notes)
