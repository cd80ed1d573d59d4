"""What a file's name says, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileName:
    """The parts of a file name; None where it does not have one.

    `number` is text without leading zeros, as issues are "½", "1.5", "12a", "1.MU" and "SP2" too;
    a file of several has them all in it, "1-3". `volume` is whole for nearly all comics, but there
    are a 3.5 and files of several volumes, up to `volume_end`. `count` is the N of "of N".
    `format` is one of ComicInfo's words ("Annual", "TPB", "One-Shot"), `language` an ISO 639-1
    code, `group` who made the file.
    """

    series: str | None = None
    number: str | None = None
    volume: float | None = None
    year: int | None = None
    title: str | None = None
    count: int | None = None
    volume_end: float | None = None
    year_end: int | None = None
    format: str | None = None
    edition: str | None = None
    language: str | None = None
    group: str | None = None
