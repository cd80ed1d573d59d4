"""Scans over time: how long they took, how fast they read and what failed; job data as a file;
and forgetting a scan by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from db import job_export, job_history, libraries, report, retention
from db.engine import reading
from db.job_history import Summary
from db.states import ErrorClass
from db.status import JobError
from db.times import iso
from webui import charts, listings, scan
from webui.auth import admin_required
from webui.charts import Point, Stack

blueprint = Blueprint("job_history", __name__)
blueprint.register_error_handler(JobError, scan.refuse)

SCANS_DRAWN = 40
SCANS_LISTED = 200
LABELS = 5  # below a chart
CLASSES_DRAWN = 3  # each in a colour of its own; the others in one together
KINDS = ("level-4", "level-3", "level-2", "level-1 outlined")
UNITS = (("seconds", 1), ("minutes", 60), ("hours", 3600))
LARGEST_IN_UNIT = 240  # beyond, the next unit is easier to read


class Legend(NamedTuple):
    """A colour of a chart, and what it stands for."""

    swatch: Markup
    words: str


@blueprint.get("/progress/history")
def page() -> ResponseReturnValue:
    """The charts and the list, of one library with `?library=` (its id), or of all."""
    library_id = listings.number("library", 1, listings.LARGEST_ID)
    with reading() as connection:
        known = libraries.listing(connection)
        found = job_history.newest(connection, SCANS_LISTED, library_id)
    drawn = [one for one in found[:SCANS_DRAWN] if one.started_at is not None][::-1]
    classes = _classes(drawn)
    unit, seconds = _unit(drawn)
    return render_template(
        "scan/history.html",
        libraries=known,
        library_id=library_id,
        scans=[_row(one) for one in found],
        any_drawn=bool(drawn),
        unit=unit,
        durations=_durations(drawn, unit, seconds),
        rates=_rates(drawn),
        failures=_failures(drawn, classes) if classes else None,
        legend=_legend(classes),
        report=report,
    )


@blueprint.get("/api/scan/export")
@admin_required
def export() -> ResponseReturnValue:
    """All that is kept of the jobs that have ended, as a file."""
    name = f"longbox-jobs-{datetime.now(UTC):%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(job_export.export(), mimetype="application/json", headers=headers)


@blueprint.post(f"/progress/{scan.JOB}/forget")
@admin_required
def forget_by_form(job_id: int) -> ResponseReturnValue:
    retention.forget(job_id)
    return redirect(url_for("jobs.newest_page"), 303)


def _row(one: Summary) -> dict[str, Any]:
    """A scan in the list."""
    return {
        "job_id": one.job_id,
        "is_here": one.is_here,
        "library": one.library,
        "kind": report.KIND_LABELS[one.kind],
        "status": one.status,
        "at": iso(one.created_at),
        "found": one.counters["found"],
        "took": report.duration(one.seconds) if one.seconds else "",
        "speed": report.speed(one.rate) if one.rate else "",
        "failed": _failed_words(one),
    }


def _unit(drawn: Sequence[Summary]) -> tuple[str, int]:
    """In what the longest of the scans is best told, and its seconds."""
    longest = max((one.seconds for one in drawn), default=0)
    fits = (unit for unit in UNITS if longest / unit[1] <= LARGEST_IN_UNIT)
    return next(fits, UNITS[-1])


def _durations(drawn: Sequence[Summary], unit: str, seconds: int) -> Markup:
    points = [
        Point(
            ceil(one.seconds / seconds),
            label,
            f"{_name(one)}: {report.duration(one.seconds)}, "
            f"{report.count(one.counters['found'], 'comic')}",
        )
        for one, label in _labelled(drawn)
    ]
    return charts.columns(f"How long the last {_scans(drawn)} took, in {unit}", points)


def _rates(drawn: Sequence[Summary]) -> Markup | None:
    reading_ones = [one for one in drawn if one.rate]
    points = [
        Point(ceil(one.rate or 0), label, f"{_name(one)}: {report.speed(one.rate or 0)}")
        for one, label in _labelled(reading_ones)
    ]
    title = f"Comics read in a second, in the last {_scans(reading_ones)} that read any"
    return charts.columns(title, points) if points else None


def _classes(drawn: Sequence[Summary]) -> list[ErrorClass]:
    """What failed in the scans, the most frequent first."""
    counted: Counter[ErrorClass] = Counter()
    for one in drawn:
        counted.update(one.errors)
    return [error_class for error_class, _ in counted.most_common()]


def _failures(drawn: Sequence[Summary], classes: Sequence[ErrorClass]) -> Markup:
    shown = classes[:CLASSES_DRAWN]
    columns = []
    for one, label in _labelled(drawn):
        values = [one.errors.get(error_class, 0) for error_class in shown]
        values += [0] * (CLASSES_DRAWN - len(shown)) + [one.failed - sum(values)]
        words = f"{_name(one)}: {_failed_words(one) or 'nothing failed'}"
        columns.append(Stack(tuple(values), label, words))
    title = f"Files and folders that failed in the last {_scans(drawn)}, by what was wrong"
    return charts.stacks(title, columns, KINDS)


def _failed_words(one: Summary) -> str:
    return ", ".join(f"{many:,} {report.error_label(name)}" for name, many in one.errors.items())


def _legend(classes: Sequence[ErrorClass]) -> list[Legend]:
    shown = [report.error_label(error_class) for error_class in classes[:CLASSES_DRAWN]]
    found = [Legend(charts.swatch(kind), words) for kind, words in zip(KINDS, shown, strict=False)]
    if len(classes) > CLASSES_DRAWN:
        found.append(Legend(charts.swatch(KINDS[-1]), "others"))
    return found


def _labelled(drawn: Sequence[Summary]) -> list[tuple[Summary, str]]:
    """The scans, some of them with their day."""
    every = ceil(len(drawn) / LABELS)
    return [
        (one, f"{_day(one):%-d %b}" if (len(drawn) - number) % every == 1 % every else "")
        for number, one in enumerate(drawn)
    ]


def _name(one: Summary) -> str:
    kind = report.KIND_LABELS[one.kind].lower()
    return f"{_day(one):%-d %B %Y, %H:%M}, {kind} of {one.library}"


def _day(one: Summary) -> datetime:
    return datetime.fromtimestamp(one.created_at, UTC)


def _scans(drawn: Sequence[Summary]) -> str:
    return report.count(len(drawn), "scan")
