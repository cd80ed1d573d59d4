"""What a scan can be told: every option by its name, what it may be, and what it does.

Options are kept as JSON with whatever asks for scans: a job, a profile, a library. Only what was
said is kept there, so that what was left open can come from somewhere else (`merged`). The stages
read them once, with their claim.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from db.libraries import PatternsUnfit, checked_patterns
from db.states import ScanKind

Said = dict[str, Any]  # options by their names, as JSON has them; those left open are not there

MOST_FOLDERS = 10_000_000
MOST_WORKERS = 64
NICEST = 19  # the kernel's least


class BadOption(ValueError):
    """A scan cannot be told this; the message is for the person who asked."""


class Thumbnails(StrEnum):
    """Which covers are drawn before anybody looks at them."""

    NONE = "none"
    SERIES = "series"  # one for each series
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What a scan is told, checked; what each field means is told by `OPTIONS`."""

    kind: ScanKind = ScanKind.QUICK
    thumbnails: Thumbnails | None = None  # None: what goes with the kind
    max_folders: int | None = None
    skip_metadata: bool = False
    skip_assets: bool = False
    ignore: tuple[str, ...] = ()
    workers: int | None = None
    nice: int = 0

    @property
    def walks(self) -> bool:
        """Whether the folders are looked at."""
        return self.kind is not ScanKind.COVERS

    @property
    def reads_comics(self) -> bool:
        """Whether comics are opened for what they are."""
        return self.walks and not self.skip_metadata

    @property
    def covers(self) -> Thumbnails:
        """Which covers are drawn."""
        return self.thumbnails or COVERS_OF_KIND[self.kind]

    @property
    def keeps_pictures(self) -> bool:
        """Whether the pictures beside the comics are taken in."""
        return self.kind is not ScanKind.METADATA and not self.skip_assets

    @property
    def looks_at_everything(self) -> bool:
        """Whether the walk leaves nothing out, so that what it did not find is nowhere."""
        return self.max_folders is None and not self.ignore


COVERS_OF_KIND = {
    ScanKind.QUICK: Thumbnails.SERIES,
    ScanKind.FULL: Thumbnails.SERIES,
    ScanKind.METADATA: Thumbnails.NONE,
    ScanKind.COVERS: Thumbnails.ALL,
}

KINDS = {
    ScanKind.QUICK: "looks into the folders that have changed",
    ScanKind.FULL: "looks at every file, and tries again what failed",
    ScanKind.METADATA: "opens every comic again but those that failed, and draws no covers",
    ScanKind.COVERS: "draws covers, and looks for nothing new",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option as people meet it; `check` answers a value as it is kept, or raises BadOption."""

    label: str
    explained: str
    check: Callable[[str, Any], Any]


def _one_of(words: type[StrEnum]) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in list(words):
            raise BadOption(f"The option {name} must be one of {', '.join(words)}.")
        return str(value)

    return check


def _whole(lowest: int, highest: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise BadOption(
                f"The option {name} must be a whole number from {lowest} to {highest:,}."
            )
        return value

    return check


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadOption(f"The option {name} must be true or false.")
    return value


def _patterns(name: str, value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise BadOption(f"The option {name} must be a list of patterns such as *.tmp.")
    try:
        return checked_patterns(value)
    except PatternsUnfit as error:
        raise BadOption(str(error)) from None


OPTIONS: dict[str, Option] = {
    "kind": Option("Kind", "What the scan looks at.", _one_of(ScanKind)),
    "thumbnails": Option(
        "Covers drawn ahead",
        "Others are drawn when somebody looks at them.",
        _one_of(Thumbnails),
    ),
    "max_folders": Option(
        "Folders at most",
        "So many are listed, and those that have not changed count for nothing. "
        "The next scan goes on with what is left.",
        _whole(1, MOST_FOLDERS),
    ),
    "skip_metadata": Option(
        "Do not open comics",
        "New comics are listed by their names; the next scan that opens comics reads them.",
        _yes_or_no,
    ),
    "skip_assets": Option(
        "Leave out the pictures beside the comics",
        "Covers, posters and banners in their folders are taken in by the next scan.",
        _yes_or_no,
    ),
    "ignore": Option(
        "Names to pass over",
        "Besides those of the library. What is known there stays as it is.",
        _patterns,
    ),
    "workers": Option(
        "Processes at most",
        "So many work at the scan at the same time.",
        _whole(1, MOST_WORKERS),
    ),
    "nice": Option(
        "Nice level",
        "From 0 to 19: the higher, the sooner the scan makes room for everything else.",
        _whole(0, NICEST),
    ),
}


def checked(said: Mapping[str, Any]) -> Said:
    """What was said, as it is kept; raises BadOption. What is None was left open."""
    for name in said:
        if name not in OPTIONS:
            raise BadOption(f"A scan has no option {name}; it knows {', '.join(OPTIONS)}.")
    return {
        name: OPTIONS[name].check(name, value) for name, value in said.items() if value is not None
    }


def merged(*said: Mapping[str, Any]) -> ScanOptions:
    """The options of a scan: what was said last counts. Raises BadOption, also for what makes no
    sense together."""
    together: Said = {}
    for one in said:
        together |= checked(one)
    options = _of(together)
    if options.kind is ScanKind.COVERS and options.covers is Thumbnails.NONE:
        raise BadOption("A scan of covers that draws none has nothing to do.")
    if options.kind is ScanKind.METADATA and options.skip_metadata:
        raise BadOption("A scan of metadata that opens no comics has nothing to do.")
    return options


def shown(said: Mapping[str, Any]) -> ScanOptions:
    """What was said as far as it can be shown again: each option for itself, without the unfit."""
    fit: Said = {}
    for name, value in said.items():
        with suppress(BadOption):
            fit |= checked({name: value})
    return _of(fit)


def loads(kind: str, stored: str) -> ScanOptions:
    """The options of a job's row; whatever else is written down there is somebody else's."""
    known: Said = json.loads(stored)
    return _of({name: known[name] for name in OPTIONS if name in known} | {"kind": kind})


def as_said(options: ScanOptions) -> Said:
    """What has to be said to get these options; the kind is a word of its own in a job's row."""
    plain = ScanOptions()
    told = {one.name: getattr(options, one.name) for one in fields(options) if one.name != "kind"}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in told.items()
        if value != getattr(plain, name)
    }


def in_full(options: ScanOptions) -> Said:
    """Every option with its value, what was left open as None."""
    values = {name: getattr(options, name) for name in OPTIONS}
    return values | {"ignore": list(options.ignore)}


def in_words(options: ScanOptions) -> list[str]:
    """What is out of the ordinary about a scan but for its kind, each in a few words."""
    covers = {
        Thumbnails.NONE: "draws no covers",
        Thumbnails.SERIES: "draws a cover for each series",
        Thumbnails.ALL: "draws all covers",
    }
    words = []
    if options.covers is not COVERS_OF_KIND[options.kind]:
        words.append(covers[options.covers])
    if options.max_folders:
        words.append(f"lists {options.max_folders:,} folders at most")
    if options.skip_metadata:
        words.append("opens no comics")
    if options.skip_assets:
        words.append("leaves out pictures beside comics")
    if options.ignore:
        words.append(f"passes over {', '.join(options.ignore)}")
    if options.workers:
        many = "one process" if options.workers == 1 else f"{options.workers} processes"
        words.append(f"{many} at most")
    if options.nice:
        words.append(f"nice level {options.nice}")
    return words


def _of(said: Said) -> ScanOptions:
    values = dict(said)
    values["kind"] = ScanKind(said.get("kind", ScanKind.QUICK))
    if "thumbnails" in said:
        values["thumbnails"] = Thumbnails(said["thumbnails"])
    values["ignore"] = tuple(said.get("ignore", ()))
    return ScanOptions(**values)
