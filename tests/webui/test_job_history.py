"""Scans over time, as a page and as a file; and forgetting one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from db import engine, job_export, retention
from db.states import ErrorClass, JobStatus, Phase
from tests.scan_rows import add_errors, add_job, add_library, ended, over


@pytest.fixture
def library(data: Path) -> int:
    return add_library("Comics")


def add_scan(library: int, seconds: float = 10, comics: int = 100) -> int:
    return add_job(library, **ended(**over(Phase.INDEX, comics, seconds=seconds)))


def charts_of(page: str) -> dict[str, str]:
    """The charts by what they are called."""
    return dict(re.findall(r'<svg class="chart" [^>]*aria-label="([^"]*)">(.*?)</svg>', page))


def test_the_charts_say_how_long_how_fast_and_what_failed(
    reader_client: FlaskClient, library: int
) -> None:
    first, second = add_scan(library, seconds=50), add_scan(library, seconds=10)
    add_errors(first, library, [b"1.cbz", b"2.cbz"])
    for number, error_class in enumerate([*ErrorClass][:5]):
        add_errors(second, library, [b"%d.cbz" % (number + 10)], error_class)
    retention.forget(first, summarised=True)

    page = reader_client.get("/progress/history").text
    charts = charts_of(page)
    took = charts["How long the last 2 scans took, in seconds"]
    assert "quick scan of Comics: 50 seconds, 0 comics" in took
    rate = charts["Comics read in a second, in the last 2 scans that read any"]
    assert re.findall(r": (\d+) a second", rate) == ["2", "10"]
    failed = charts["Files and folders that failed in the last 2 scans, by what was wrong"]
    assert failed.count("<rect") == 5  # a part for each of the first three, and one for the others
    assert "others" in page
    assert (f"/progress/{second}" in page, f"/progress/{first}" in page) == (True, False)
    assert "/api/scan/export" not in page


def test_long_scans_are_told_in_minutes(reader_client: FlaskClient, library: int) -> None:
    add_scan(library, seconds=1_800)
    charts = charts_of(reader_client.get("/progress/history").text)
    assert "How long the last 1 scan took, in minutes" in charts


def test_one_library_can_be_looked_at(reader_client: FlaskClient, library: int) -> None:
    manga = add_library("Manga")
    mine, other = add_scan(manga), add_scan(library)
    page = reader_client.get(f"/progress/history?library={manga}").text
    assert f"/progress/{mine}" in page
    assert f"/progress/{other}" not in page


def test_without_a_scan_there_is_a_way_on(reader_client: FlaskClient, library: int) -> None:
    add_job(library)
    assert "Nothing to compare yet" in reader_client.get("/progress/history").text


def test_admins_take_job_data_along(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    job = add_scan(library)
    answer = admin_client.get("/api/scan/export")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [one["id"] for one in json.loads(answer.data)["jobs"]] == [job]
    assert reader_client.get("/api/scan/export").status_code == 403


def test_who_takes_job_data_along_slowly_holds_no_transaction_open(library: int) -> None:
    add_scan(library)
    parts = job_export.export()
    next(parts)
    assert "Comics" in next(parts)
    assert engine.reader().pool.status().endswith("Checked out connections: 0")


def test_an_ended_scan_is_forgotten_from_its_page(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    job = add_scan(library)
    forget = f"/progress/{job}/forget"
    assert forget in admin_client.get(f"/progress/{job}").text
    assert reader_client.post(forget).status_code == 403
    assert admin_client.post(forget).status_code == 303
    assert admin_client.get(f"/progress/{job}").status_code == 404
    running = add_job(library, status=JobStatus.RUNNING)
    assert f"/progress/{running}/forget" not in admin_client.get(f"/progress/{running}").text
    assert admin_client.post(f"/progress/{running}/forget").status_code == 409
