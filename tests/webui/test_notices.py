"""Your library is ready: told to everybody who is signed in, once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from db import notices
from db.engine import writing
from db.schema import scan_jobs
from db.states import JobStatus, Phase
from tests.scan_rows import add_job, add_library, change_job, ended, over, under_way

READY = "Your library is ready: 60,000 comics."


@pytest.fixture
def job(data: object) -> int:
    """A first scan whose discovery has ended, and of which everybody was told."""
    job = add_job(
        add_library(),
        **over(Phase.DISCOVER, 60_000),
        **under_way(Phase.INDEX, 1, 60_000),
        comics_found=60_000,
    )
    tell(job)
    return job


def tell(job: int) -> None:
    with writing() as connection:
        notices.library_is_ready(connection, job)


def test_everybody_is_told_on_every_page_until_they_wave_it_away(
    admin_client: FlaskClient, reader_client: FlaskClient, job: int
) -> None:
    for client in (admin_client, reader_client):
        assert f"{READY} Details and covers are still being filled in." in client.get("/").text
        assert READY in client.get("/account").text
    [notice] = reader_client.get("/api/scan/status").json["notices"]
    assert reader_client.post("/api/notices/seen", json={"id": notice["id"]}).status_code == 204
    assert READY not in reader_client.get("/").text
    assert reader_client.get("/api/scan/status").json["notices"] == []
    assert READY in admin_client.get("/").text
    back = admin_client.post("/notices/seen", data={"id": notice["id"], "next": "/account"})
    assert (back.status_code, back.location) == (303, "/account")
    assert READY not in admin_client.get("/").text


def test_after_the_scan_nothing_is_being_filled_in(reader_client: FlaskClient, job: int) -> None:
    change_job(job, **ended(JobStatus.COMPLETED))
    page = reader_client.get("/").text
    assert READY in page
    assert "still being filled in" not in page


def test_only_a_first_discovery_that_found_something_is_told(
    reader_client: FlaskClient, job: int
) -> None:
    change_job(job, **ended())
    with writing() as connection:
        library = (
            connection.execute(scan_jobs.select().where(scan_jobs.c.id == job)).one().library_id
        )
    tell(add_job(library, **over(Phase.DISCOVER, 60_001), comics_found=60_001))
    tell(add_job(add_library("Empty"), **over(Phase.DISCOVER, 0)))
    assert len(reader_client.get("/api/scan/status").json["notices"]) == 1


def test_of_two_libraries_there_is_one_notice(reader_client: FlaskClient, job: int) -> None:
    tell(add_job(add_library("Manga"), **over(Phase.DISCOVER, 40), comics_found=40))
    [notice] = reader_client.get("/api/scan/status").json["notices"]
    assert notice["sentence"].startswith("Your library is ready: 60,040 comics.")
    assert reader_client.get("/").text.count("data-notice=") == 1
    form = {"id": notice["id"], "next": "/"}
    assert reader_client.post("/notices/seen", data=form).location == "/"
    assert "Your library is ready" not in reader_client.get("/").text


@pytest.mark.parametrize("number", [None, 0, "1", 2**70])
def test_a_notice_that_is_none_is_refused(
    reader_client: FlaskClient, job: int, number: object
) -> None:
    assert reader_client.post("/api/notices/seen", json={"id": number}).status_code == 422
    assert reader_client.post("/notices/seen", data={"id": "x"}).status_code == 422


def test_a_stranger_is_told_nothing(client: FlaskClient, job: int) -> None:
    assert READY not in client.get("/login").text
    assert client.post("/api/notices/seen", json={"id": 1}).status_code == 401
