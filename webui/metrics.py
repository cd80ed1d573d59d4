"""`/metrics`: what Longbox tells Prometheus, in its text format, for admins and their tokens.

https://prometheus.io/docs/instrumenting/exposition_formats/ is the format. What the numbers are is
in `db/metrics.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Response

from db import metrics
from db.engine import reading
from db.metrics import Metric, Sample
from db.settings import settings
from pipeline import tasks
from webui.auth import admin_required

blueprint = Blueprint("metrics", __name__)

STARTED_AT = time.time()  # before a server forks
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/metrics")
@admin_required
def page() -> Response:
    with reading() as connection:
        found = [*metrics.of_tables(connection)]
    found += metrics.of_files(settings())
    found += metrics.of_requests(settings())
    found += _of_the_process()
    return Response(_written(found), headers={"Content-Type": FORMAT, "Cache-Control": "no-store"})


def _of_the_process() -> list[Metric]:
    depths = [Sample(many, {"queue": name}) for name, many in tasks.waiting().items()]
    return [
        Metric("longbox_queue_depth", "gauge", "Bells that nobody has heard yet.", depths),
        metrics.one("longbox_info", "Longbox, which it is.", 1, version=_version()),
        metrics.one("longbox_start_time_seconds", "When the web server was started.", STARTED_AT),
        metrics.one(
            "longbox_uptime_seconds", "For how long it runs since.", time.time() - STARTED_AT
        ),
    ]


def _version() -> str:
    try:
        return version("longbox")
    except PackageNotFoundError:  # it runs from a folder that nobody has installed
        return "unknown"


def _written(found: Iterable[Metric]) -> str:
    lines = []
    for one in found:
        lines += [f"# HELP {one.name} {one.words}", f"# TYPE {one.name} {one.kind}"]
        lines += [f"{one.name}{_line(sample)}" for sample in one.samples]
    return "".join(f"{line}\n" for line in lines)


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in sample.labels.items())
    value = float(sample.value)
    number = str(int(value)) if value.is_integer() else repr(value)
    return f"{sample.suffix}{{{labels}}} {number}" if labels else f"{sample.suffix} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
