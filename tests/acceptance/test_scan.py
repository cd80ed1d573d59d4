"""A library on screen: a scan from the first request to the last cover, over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from tests.acceptance.conftest import FOUND, SERIES, Longbox
from tests.gates import Gates
from tests.trial import wait_for, write_comic

START = Callable[..., Longbox]


def phases(job: Any) -> dict[str, tuple[str, int, int, int]]:
    return {
        one["name"]: (one["status"], one["total"], one["done"], one["failed"])
        for one in job["phases"]
    }


def all_books(longbox: Longbox) -> list[Any]:
    """Every book that the API lists, page by page."""
    books: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = longbox.get(f"/api/books?limit=500&cursor={cursor}")
        books += page["items"]
        cursor = page["next"]
    return books


def test_a_library_is_scanned_shown_searched_and_mended(
    start: START, comics: Path, tmp_path: Path
) -> None:
    library = tmp_path / "comics"
    shutil.copytree(comics, library, symlinks=True)
    longbox = start()
    longbox.add_library(library)

    job_id = longbox.scan()
    before = [one["name"] for one in longbox.status(job_id)["job"]["phases"]]
    assert before == ["discover", "index", "thumbnail"]
    job = longbox.wait_until_ended(job_id)
    assert job["status"] == "completed", longbox.said()
    assert (job["found"], job["new"], job["errors"]) == (FOUND, FOUND, 6)
    told = phases(job)
    assert told["discover"] == ("done", FOUND, FOUND, 0)
    assert told["index"] == ("done", FOUND, FOUND - 2, 2)
    assert told["thumbnail"] == ("done", SERIES + 2, SERIES, 2)

    books = all_books(longbox)
    assert len({book["id"] for book in books}) == len(books) == FOUND
    assert sum(book["pages"] is None for book in books) == 2
    one = next(book for book in books if book["has_thumbnail"])
    cover = longbox.ask("GET", f"/api/cover/{one['id']}")
    assert cover.headers["Content-Type"] == "image/jpeg"
    found = longbox.get(f"/api/search?q={one['title'].replace(' ', '%20')}")
    assert one["id"] in {item["id"] for item in found["items"]}

    errors = longbox.get(f"/api/scan/jobs/{job_id}/errors")["items"]
    said = {(error["path"], error["error"]) for error in errors}
    assert said >= {
        ("Odd/zero.cbz", "empty"),
        ("Odd/text.cbz", "unsupported"),
        ("Odd/short.cbz", "truncated"),
        ("Odd/link.cbz", "broken_link"),
    }
    assert all(error["message"].endswith(".") for error in errors)

    write_comic(library / "Odd" / "zero.cbz", "<ComicInfo><Title>Mended</Title></ComicInfo>")
    retried = longbox.post(f"/api/scan/{job_id}/retry", {"path": "Odd/zero.cbz"})
    assert retried.json["retried"] == 1
    job = longbox.wait_until_ended(job_id)
    assert phases(job)["index"] == ("done", FOUND, FOUND - 1, 1)
    assert longbox.get("/api/search?q=mended")["items"]

    job = longbox.wait_until_ended(longbox.scan())  # the retry has read the file as it is now
    assert (job["found"], job["new"], job["updated"], job["missing"]) == (FOUND, 0, 0, 0)
    assert len(all_books(longbox)) == FOUND
    longbox.stop()
    longbox.wait_until_down()
    assert longbox.said().count("stopped (rc=0)") == len(["web", "worker", "covers"])


def test_of_two_scans_at_the_same_instant_one_begins_and_one_is_refused(
    start: START, comics: Path, gates: Gates
) -> None:
    gates.shut("discover")
    longbox = start()
    longbox.add_library(comics)
    together = Barrier(2)

    def ask() -> tuple[int, int]:
        together.wait()
        answer = longbox.post("/api/scan")
        return answer.status, answer.json["job_id"]

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            first, second = [one.result() for one in (pool.submit(ask), pool.submit(ask))]
            assert sorted((first[0], second[0])) == [202, 409], longbox.said()
            assert first[1] == second[1]
            assert longbox.post(f"/api/scan/{first[1]}/cancel").status == 200
    assert "locked" not in longbox.said()
    assert longbox.value("SELECT count(*) FROM scan_jobs") == 20
    gates.open("discover")
    job = longbox.wait_until_ended(longbox.scan())
    assert (job["status"], job["found"]) == ("completed", FOUND)
    assert longbox.value("SELECT count(*) FROM comics") == FOUND


def test_a_cancelled_scan_stops_at_once_and_is_finished_by_a_retry(
    start: START, comics: Path, gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    gates.shut("discover")
    longbox = start()
    longbox.add_library(comics)
    job_id = longbox.scan()
    gates.waiting("discover")
    assert longbox.post(f"/api/scan/{job_id}/cancel").status == 200
    wait_for(lambda: not longbox.processes("stages.discover"), "the end of the stage")
    gates.open("discover")
    assert longbox.status(job_id)["job"]["status"] == "cancelled"
    assert longbox.post(f"/api/scan/{job_id}/retry").status == 200
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_a_queue_that_is_lost_at_any_time_costs_nothing(
    start: START, comics: Path, gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    gates.shut("discover")
    longbox = start()
    longbox.add_library(comics)
    job_id = longbox.scan()
    gates.waiting("discover")
    for file in longbox.data.glob("queue.db*"):
        file.write_bytes(b"neither a queue nor a database " * 1000)
    gates.open("discover")
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed

    for file in longbox.data.glob("queue.db*"):
        file.unlink()
    assert longbox.wait_until_ended(longbox.scan())["status"] == "completed"
    (longbox.data / "queue.db").write_bytes(b"")
    assert longbox.wait_until_ended(longbox.scan())["status"] == "completed"
