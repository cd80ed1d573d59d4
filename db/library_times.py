"""When a library is scanned by itself: its schedules, its quiet hours, how it is watched, and
whether quick scans can rely on its folders' time stamps; as the page, the API and the command line
tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db import file_systems, libraries, quiet_hours, schedules, watches
from db.libraries import Library
from db.quiet_hours import HoursUnfit, QuietHours
from db.rules import RuleUnfit
from db.schedules import Schedule
from db.settings import settings
from db.states import ScanKind, WatchMode
from db.times import iso, now
from db.watches import Watching


class TimesUnfit(ValueError):
    """Rules or hours cannot be kept; the message has a sentence on each."""


@dataclass(frozen=True, slots=True)
class LibraryTimes:
    """What holds for one library; `quiet_hours` are its own: "", when they are those of all, or
    "never". A `seen_doubt` is one that a scan has had, and that a person can put an end to."""

    schedules: list[Schedule]
    quiet_hours: str
    of_all: QuietHours | None
    hours: QuietHours | None
    watching: Watching
    stamps_doubt: str | None
    seen_doubt: bool

    def rule(self, kind: str) -> str:
        """When scans of a kind begin; "" for never."""
        return next((one.rule for one in self.schedules if one.kind == kind), "")

    def next_at(self, kind: str) -> float | None:
        """When the next one is to begin."""
        return next((one.next_at for one in self.schedules if one.kind == kind), None)

    @property
    def quiet_until(self) -> float | None:
        """When the quiet hours end that it is now; None outside of them."""
        around = self.hours.around(now()) if self.hours else None
        return around and around[1]

    @property
    def watch_words(self) -> str:
        """How the library is watched, in a sentence; "" if it is not."""
        watching = self.watching
        if not watching.on:
            return ""
        minutes = settings().poll_every / 60
        every = f"{minutes:g} minutes" if minutes != 1 else "minute"
        return {
            None: "Not watched yet: that begins in a few seconds, if the worker runs.",
            WatchMode.EVENTS: "Watched: what changes is scanned as soon as its files are still.",
            WatchMode.POLLING: f"Looked at every {every}, as {watching.reason}.",
            WatchMode.WAITING: f"Not watched now: {watching.reason}. That is tried again.",
        }[watching.mode]

    @property
    def stamp_words(self) -> str:
        """Why quick scans list every folder, in a sentence; "" if they do not."""
        if self.stamps_doubt is None:
            return ""
        return (
            f"Quick scans list every folder, whatever its time stamp says, as {self.stamps_doubt}."
        )


def of(connection: Connection, library: Library) -> LibraryTimes:
    """What holds for a library."""
    seen = libraries.stamps_doubt(connection, library.id)
    return LibraryTimes(
        schedules=schedules.of_library(connection, library.id),
        quiet_hours=quiet_hours.of_library(connection, library.id),
        of_all=quiet_hours.of_all(connection),
        hours=quiet_hours.that_hold(connection, library.id),
        watching=watches.of_libraries(connection)[library.id],
        stamps_doubt=file_systems.why_no_stamps(library.path) or seen,
        seen_doubt=seen is not None,
    )


def put(
    connection: Connection,
    library_id: int,
    *,
    rules: dict[ScanKind, str],
    hours: str | None = None,
    watch: bool | None = None,
) -> None:
    """Change what is said, and leave the rest; raises TimesUnfit and NoSuchLibrary."""
    libraries.get(connection, library_id)
    faults: list[str] = []
    for kind, rule in rules.items():
        with _noted(faults):
            schedules.put(connection, library_id, kind, rule)
    if hours is not None:
        with _noted(faults):
            quiet_hours.set_of_library(connection, library_id, hours)
    if faults:
        raise TimesUnfit(" ".join(dict.fromkeys(faults)))
    if watch is not None and watch != watches.of_libraries(connection)[library_id].on:
        watches.turn(connection, library_id, watch)


@contextmanager
def _noted(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except (RuleUnfit, HoursUnfit) as error:
        faults.append(str(error))


def as_json(times: LibraryTimes) -> dict[str, Any]:
    """What the API and `--json` say."""
    return {
        "schedules": [
            {"kind": one.kind, "rule": one.rule, "next_at": iso(one.next_at)}
            for one in times.schedules
        ],
        "quiet_hours": times.quiet_hours,
        "quiet_hours_in_force": str(times.hours) if times.hours else None,
        "quiet_until": iso(times.quiet_until),
        "watch": {
            "on": times.watching.on,
            "mode": times.watching.mode,
            "reason": times.watching.reason,
        },
        "time_stamps_doubted": times.stamps_doubt,
    }
