"""A scan that asks first, on the web: what would go missing, and each answer to it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from db import held, jobs
from db.engine import reading, writing
from db.schema import scan_jobs
from db.states import HeldReason, JobStatus
from pipeline import tasks
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job

QUESTION = "3 of 4 comics are gone from /srv/secret. Is the disk connected?"


@pytest.fixture
def job(data: object) -> int:
    """A held job that would mark one comic of Lobo and two of Saga missing."""
    library = add_library()
    job = add_job(
        library,
        status=JobStatus.HELD,
        last_error=QUESTION,
        held_reason=HeldReason.MANY_GONE,
        held_comics=3,
    )
    saga, lobo = add_series(library, "Saga"), add_series(library, "Lobo")
    add_comic(saga, "here.cbz")
    gone = [add_comic(saga, "1.cbz"), add_comic(saga, "2.cbz"), add_comic(lobo, "1.cbz")]
    with writing() as connection:
        held.record(connection, job, gone)
    return job


def job_of(job_id: int) -> jobs.Job:
    with reading() as connection:
        return jobs.get(connection, job_id)


def unreadable(job_id: int) -> None:
    with writing() as connection:
        reason = {"held_reason": HeldReason.ROOT_UNREADABLE}
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(reason))


def test_what_would_go_missing_is_listed_by_series_and_by_comic(
    admin_client: FlaskClient, job: int
) -> None:
    address = f"/api/scan/jobs/{job}/losses"
    first = admin_client.get(f"{address}?limit=1").json
    then = admin_client.get(f"{address}?limit=1&cursor={first['next']}").json
    assert [one["series"]["name"] for one in first["items"] + then["items"]] == ["Lobo", "Saga"]
    assert [(one["gone"], one["of"]) for one in then["items"]] == [(2, 3)]
    assert then["next"] is None
    comics = admin_client.get(f"{address}?series={then['items'][0]['series']['id']}").json
    assert [one["path"].rpartition("/")[2] for one in comics["items"]] == ["1.cbz", "2.cbz"]


def test_the_status_says_what_is_asked_to_those_who_may_answer(
    admin_client: FlaskClient, reader_client: FlaskClient, job: int
) -> None:
    told = {"reason": "many_gone", "comics": 3, "can_confirm": True}
    assert admin_client.get("/api/scan/status").json["job"]["held"] == told
    answer = reader_client.get("/api/scan/status")
    assert answer.json["job"]["held"] is None
    assert "secret" not in answer.text


@pytest.mark.parametrize("deed", ["confirm", "discard", "look-again", "losses"])
def test_the_answers_are_for_admins(reader_client: FlaskClient, job: int, deed: str) -> None:
    assert reader_client.post(f"/api/scan/{job}/{deed}").status_code in (403, 404)
    assert reader_client.post(f"/progress/{job}/{deed}").status_code in (403, 405)
    assert reader_client.get(f"/progress/{job}/losses").status_code == 403
    assert job_of(job).status is JobStatus.HELD


@pytest.mark.parametrize(
    ("deed", "status", "options"),
    [
        ("confirm", "running", {held.CONFIRMED: True}),
        ("look-again", "running", {}),
        ("discard", "cancelled", {}),
    ],
)
@pytest.mark.parametrize("by", ["/api/scan", "/progress"])
def test_each_answer_does_what_it_says(
    admin_client: FlaskClient, job: int, by: str, deed: str, status: str, options: object
) -> None:
    answer = admin_client.post(f"{by}/{job}/{deed}")
    assert answer.status_code == (200 if by == "/api/scan" else 303)
    assert (job_of(job).status, job_of(job).options) == (status, options)
    if status == "running":
        assert tasks.stages_huey.pending_count() == 1
    again = admin_client.post(f"/api/scan/{job}/{deed}")
    assert (again.status_code, again.json["error"]["code"]) == (409, "job_state")


def test_a_root_that_cannot_be_looked_at_is_nothing_to_confirm(
    admin_client: FlaskClient, job: int
) -> None:
    unreadable(job)
    answer = admin_client.post(f"/api/scan/{job}/confirm")
    assert answer.status_code == 409
    assert "nothing to confirm" in answer.json["error"]["message"]
    assert job_of(job).status is JobStatus.HELD
    assert admin_client.post(f"/api/scan/{job}/resume").json["job"]["status"] == "running"
    assert job_of(job).options == {}


def test_the_page_offers_the_answers_that_can_help(admin_client: FlaskClient, job: int) -> None:
    page = admin_client.get("/progress").text
    for words in ("Mark 3 comics missing", "Look again", "Discard this scan", "needs you"):
        assert words in page
    assert "2 of 3" in page
    unreadable(job)
    page = admin_client.get("/progress").text
    assert "missing</button>" not in page
    assert "Look again" in page
    assert "3 comics cannot be reached" in page


def test_everything_that_would_go_missing_can_be_looked_through(
    admin_client: FlaskClient, job: int
) -> None:
    page = admin_client.get(f"/progress/{job}/losses").text
    assert page.index("Lobo") < page.index("Saga")
    assert "2.cbz" in admin_client.get(f"/progress/{job}/losses?series=1").text
    admin_client.post(f"/api/scan/{job}/discard")
    assert "asks about nothing any more" in admin_client.get(f"/progress/{job}/losses").text


def test_what_became_of_a_discarded_scan_is_said(admin_client: FlaskClient, job: int) -> None:
    answer = admin_client.post(f"/api/scan/{job}/discard").json
    assert answer["job"]["sentence"] == "Discarded: nothing was marked missing."


def test_what_a_scan_asks_about_is_forgotten_in_short_transactions(
    job: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "FORGOTTEN", 2)
    left = []
    for _ in range(3):
        with writing() as connection:
            left.append(held.forget_some(connection, job))
    assert left == [True, True, False]


def test_the_wall_tells_admins_and_leaves_readers_alone(
    admin_client: FlaskClient, reader_client: FlaskClient, job: int
) -> None:
    assert QUESTION in admin_client.get("/").text
    assert "secret" not in reader_client.get("/").text
