"""How far somebody has read a comic, and how reports from several devices become one truth.

A report says which page was turned to and when; the later turn wins, however late or often it is
sent, so the same reports in any order leave the same row. A comic that was read to its end stays
read until somebody says otherwise, and what was read before that moment then counts no longer.

A report that was answered is on disk as far as a killed process can tell (SQLite's WAL with
synchronous=NORMAL); only the machine's own crash can take the last moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from db.reading import entries, journal
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Change, Deed
from db.schema import comics, reading_progress

NOTED_EVERY = 300.0  # seconds: how exact the journal is within one sitting


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one user is in one comic. Pages count from 0, moments are epoch seconds.

    `started_at` is None when nothing counts as read, `reset_at` the moment from which on reading
    counts. `session` and `sequence` are those of the report that `page` is from.
    """

    page: int = 0
    page_count: int | None = None
    completed: bool = False
    seconds_read: int = 0
    device: str = ""
    session: str = ""
    sequence: int = 0
    read_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    reset_at: float | None = None
    changed_at: float = 0.0

    @property
    def is_begun(self) -> bool:
        return self.started_at is not None

    @property
    def share(self) -> float:
        """How much of the comic lies behind the reader, from 0 to 1."""
        if self.completed:
            return 1.0
        return min(1.0, (self.page + 1) / self.page_count) if self.page_count else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """A page was turned to. `at` is the moment of the turn on the server's clock.

    `session` names a sitting with this comic; `sequence` counts its reports up, and `pages` and
    `seconds` count what was read in it so far, so that a report sent twice counts once. Without a
    session, the sitting is the device's day. `utc_offset` is the reader's, in minutes.
    """

    comic_id: int
    page: int
    at: float
    page_count: int | None = None
    completed: bool = False
    device: str = ""
    session: str = ""
    sequence: int = 0
    pages: int | None = None
    seconds: int = 0
    utc_offset: int = 0

    @property
    def is_at_the_end(self) -> bool:
        return self.completed or (self.page_count is not None and self.page + 1 >= self.page_count)


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting with a comic, as it is stored; `day` is YYYY-MM-DD at the reader's place."""

    sequence: int
    device: str
    day: str
    started_at: float
    ended_at: float
    lowest_page: int
    highest_page: int
    pages: int
    seconds: int


def merged(stored: Progress | None, report: Report) -> Progress:
    """What is known after a report. The order in which reports come does not matter."""
    old = stored or Progress()
    if old.reset_at is not None and report.at <= old.reset_at:
        return old
    is_first = old.started_at is None
    started_at = min(report.at, report.at if old.started_at is None else old.started_at)
    new = replace(old, started_at=started_at)
    if report.is_at_the_end:
        finished_at = min(report.at, report.at if old.finished_at is None else old.finished_at)
        new = replace(new, completed=True, finished_at=finished_at)
    if is_first or _is_newer(old, report):
        new = replace(
            new,
            page=report.page,
            page_count=report.page_count,
            device=report.device,
            session=report.session,
            sequence=report.sequence,
            read_at=report.at,
        )
    return new


def sat(stored: Session | None, report: Report) -> Session:
    """What is known of a sitting after a report of it."""
    old = stored or Session(
        0, report.device, "", report.at, report.at, report.page, report.page, 0, 0
    )
    if old.sequence and old.sequence == report.sequence:
        # Sent again, perhaps when the page was left: its moment is known already.
        report = replace(report, at=old.ended_at)
    started_at = min(old.started_at, report.at)
    lowest, highest = min(old.lowest_page, report.page), max(old.highest_page, report.page)
    pages = highest - lowest + 1 if report.pages is None else report.pages
    return Session(
        sequence=max(old.sequence, report.sequence),
        device=old.device,
        day=_day(started_at, report.utc_offset),
        started_at=started_at,
        ended_at=max(old.ended_at, report.at),
        lowest_page=lowest,
        highest_page=highest,
        pages=max(old.pages, pages),
        seconds=max(old.seconds, report.seconds),
    )


def find(connection: Connection, user_id: int, comic_id: int) -> Progress | None:
    """How far a user is in a comic; None when nothing of it counts as read."""
    return of_comics(connection, user_id, [comic_id]).get(comic_id)


def of_comics(
    connection: Connection, user_id: int, comic_ids: Iterable[int]
) -> dict[int, Progress]:
    """How far a user is in each of these comics that they have begun, in one query."""
    values = {"user_id": user_id, "ids": [*comic_ids]}
    if not values["ids"]:
        return {}
    return {row[0]: Progress(*row[1:]) for row in connection.execute(_BEGUN, values)}


_BEGUN = select(
    reading_progress.c.comic_id, *(reading_progress.c[one.name] for one in fields(Progress))
).where(
    reading_progress.c.user_id == bindparam("user_id"),
    reading_progress.c.comic_id.in_(bindparam("ids", expanding=True)),
    reading_progress.c.started_at.is_not(None),
)


def report(connection: Connection, deed: Deed, reports: Sequence[Report]) -> dict[int, Progress]:
    """Take reports of one user in; answers where each comic stands now.

    Comics that are not in the catalogue (any more) are passed over and missing in the answer.
    """
    counts = _page_counts(connection, {one.comic_id for one in reports})
    known = [
        one if one.page_count else replace(one, page_count=counts[one.comic_id])
        for one in reports
        if one.comic_id in counts
    ]
    wanted = [Entry(Kind.PROGRESS, comic_id=one) for one in counts]
    sittings = {one: _sitting(one) for one in known}
    before = entries.get_all(connection, deed.user_id, [*wanted, *sittings.values()])
    after = dict(before)
    for one in known:
        _take_in(after, one, sittings[one], deed.at)
    changed = {entry: value for entry, value in after.items() if value != before.get(entry)}
    entries.put_all(connection, deed.user_id, changed.items())
    for entry, value in changed.items():
        if entry.kind is Kind.PROGRESS:
            _note(connection, deed, Change(entry, before.get(entry), value))
    return {entry.comic_id or 0: Progress(**after[entry]) for entry in wanted if entry in after}


def mark(
    connection: Connection, deed: Deed, comic_ids: Sequence[int], *, read: bool
) -> list[Change]:
    """Say of comics that they are read, or that nothing of them is; answers what has changed."""
    counts = _page_counts(connection, comic_ids)
    stored = entries.get_all(
        connection, deed.user_id, [Entry(Kind.PROGRESS, comic_id=one) for one in counts]
    )
    changes = []
    for comic_id, page_count in counts.items():
        entry = Entry(Kind.PROGRESS, comic_id=comic_id)
        old = Progress(**stored[entry]) if entry in stored else Progress()
        new = _as_read(old, page_count, deed) if read else _as_unread(old, deed)
        if new is not old:
            changes.append(Change(entry, stored.get(entry), asdict(new)))
    entries.put_all(connection, deed.user_id, [(one.entry, one.after) for one in changes])
    journal.record(connection, deed, changes)
    return changes


def _as_read(old: Progress, page_count: int | None, deed: Deed) -> Progress:
    if old.completed:
        return old
    return replace(
        old,
        page=max((page_count or old.page_count or 1) - 1, 0),
        page_count=page_count or old.page_count,
        completed=True,
        device=deed.device,
        session="",
        sequence=0,
        read_at=deed.at,
        started_at=old.started_at or deed.at,
        finished_at=old.finished_at or deed.at,
        changed_at=deed.at,
    )


def _as_unread(old: Progress, deed: Deed) -> Progress:
    if not old.is_begun:
        return old
    return replace(
        old,
        page=0,
        completed=False,
        device=deed.device,
        session="",
        sequence=0,
        read_at=deed.at,
        started_at=None,
        finished_at=None,
        reset_at=deed.at,
        changed_at=deed.at,
    )


def _is_newer(old: Progress, report: Report) -> bool:
    """Whether a report is of a later turn than the page that is known.

    A sitting's own count is surer than any clock; elsewhere the clock decides, and two turns of
    one moment are told apart in the same way wherever they come first.
    """
    if report.session and report.session == old.session and report.sequence != old.sequence:
        return report.sequence > old.sequence
    turned = (report.at, report.page, report.session)
    return turned > (old.read_at, old.page, old.session)


def _take_in(after: dict[Entry, Value], report: Report, sitting: Entry, at: float) -> None:
    entry = Entry(Kind.PROGRESS, comic_id=report.comic_id)
    old = Progress(**after[entry]) if entry in after else None
    new = merged(old, report)
    sat_before = _session(after[sitting]) if sitting in after else None
    sat_now = sat(sat_before, report)
    if sat_now != sat_before:
        after[sitting] = asdict(sat_now)
        seconds = sat_now.seconds - (sat_before.seconds if sat_before else 0)
        new = replace(new, seconds_read=new.seconds_read + seconds)
    if new != old:
        after[entry] = asdict(replace(new, changed_at=at))


def _note(connection: Connection, deed: Deed, change: Change) -> None:
    """Write a change into the journal, unless it only goes on with what stands there.

    Of one sitting the journal has a line every five minutes and whenever a comic is begun or
    finished. What lies between is not lost: the next line's `before` has it, or the row itself.
    """
    if not _goes_on(change) or _is_due(connection, deed, change.entry):
        journal.record(connection, deed, [change])


def _goes_on(change: Change) -> bool:
    if change.before is None or change.after is None:
        return False
    same = ("session", "completed", "device")
    was_begun = change.before["started_at"] is not None
    return was_begun and all(change.before[name] == change.after[name] for name in same)


def _is_due(connection: Connection, deed: Deed, entry: Entry) -> bool:
    last = journal.last_line(connection, deed.user_id, entry)
    return last is None or not 0 <= deed.at - last.at < NOTED_EVERY


def _sitting(report: Report) -> Entry:
    name = report.session or f"{report.device} {_day(report.at, report.utc_offset)}".strip()
    return Entry(Kind.SESSION, comic_id=report.comic_id, name=name)


def _session(value: Value) -> Session:
    return Session(**{one.name: value[one.name] for one in fields(Session)})


def _day(moment: float, utc_offset: int) -> str:
    there = datetime.fromtimestamp(moment, UTC) + timedelta(minutes=utc_offset)
    return there.date().isoformat()


def _page_counts(connection: Connection, comic_ids: Iterable[int]) -> dict[int, int | None]:
    rows = connection.execute(
        select(comics.c.id, comics.c.page_count).where(comics.c.id.in_(sorted(set(comic_ids))))
    )
    return {row.id: row.page_count for row in rows}
