"""The scan API and the progress page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import errors, jobs, users
from db.engine import reading
from db.states import ErrorClass, JobStatus, Phase
from db.times import now
from pipeline import tasks
from tests.scan_rows import add_errors, add_job, add_library, change_job, ended, over, under_way


@pytest.fixture
def library(data: object) -> int:
    return add_library("Comics")


@pytest.fixture
def job_with_errors(library: int) -> int:
    """A job that has ended, in which three archives and a folder failed."""
    job = add_job(library, **ended(**over(Phase.INDEX, 10, failed=3)))
    add_errors(job, library, [b"Saga/Saga 1.cbz", b"Saga/Saga [2020].cbz"])
    add_errors(job, library, [b"Saga/Saga 3.cbz"], ErrorClass.EMPTY)
    add_errors(job, library, [b"Locked"], ErrorClass.DENIED, Phase.DISCOVER)
    return job


def job_of(job_id: int) -> jobs.Job:
    with reading() as connection:
        return jobs.get(connection, job_id)


def together(deeds: list[Callable[[], Any]]) -> list[Any]:
    """What the deeds answer when all begin at the same instant, each in a thread."""
    start = threading.Barrier(len(deeds))
    answers: list[Any] = [None] * len(deeds)

    def do(number: int) -> None:
        start.wait()
        answers[number] = deeds[number]()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# ---- asking for a scan


def test_an_admin_asks_for_a_scan_and_the_bell_rings(
    admin_client: FlaskClient, library: int
) -> None:
    answer = admin_client.post("/api/scan")
    assert answer.status_code == 202
    assert answer.json is not None
    assert list(answer.json) == ["job_id"]
    job = job_of(answer.json["job_id"])
    assert (job.library_id, job.kind, job.requested_by) == (library, "quick", "Ada")
    assert tasks.stages_huey.pending_count() == 1


@pytest.mark.parametrize("named", ["Comics", 1, "1"])
def test_a_library_is_named_by_name_or_id(
    admin_client: FlaskClient, library: int, named: object
) -> None:
    add_library("Manga")
    answer = admin_client.post("/api/scan", json={"library": named, "kind": "full"})
    assert answer.status_code == 202
    job = job_of(answer.json["job_id"])
    assert (job.library, job.kind) == ("Comics", "full")


def test_a_rescan_is_a_full_scan(admin_client: FlaskClient, library: int) -> None:
    answer = admin_client.post("/api/rescan", json={"options": {"thumbnails": "none"}})
    assert answer.status_code == 202
    job = job_of(answer.json["job_id"])
    assert (job.kind, job.options) == ("full", {"thumbnails": "none"})


def test_a_second_scan_is_refused_and_names_the_first(
    admin_client: FlaskClient, library: int
) -> None:
    first = admin_client.post("/api/scan").json["job_id"]
    for address in ("/api/scan", "/api/rescan"):
        answer = admin_client.post(address)
        assert answer.status_code == 409
        assert answer.json["job_id"] == first
        assert answer.json["error"]["code"] == "scan_running"
        assert f"job {first}" in answer.json["error"]["message"]


def test_of_two_requests_at_the_same_instant_one_wins_twenty_times(
    app: Flask,
    admin: users.User,
    signed_in: Callable[[users.User], FlaskClient],
    library: int,
) -> None:
    clients = [signed_in(admin), signed_in(admin)]
    for _ in range(20):
        answers = together([lambda c=client: c.post("/api/scan") for client in clients])
        assert sorted(answer.status_code for answer in answers) == [202, 409]
        [job_id] = {answer.json["job_id"] for answer in answers}
        assert clients[0].post(f"/api/scan/{job_id}/cancel").status_code == 200


def test_without_a_library_all_are_scanned_and_each_is_answered(
    admin_client: FlaskClient, library: int
) -> None:
    add_library("Manga")
    busy = admin_client.post("/api/scan", json={"library": "Comics"}).json["job_id"]
    answer = admin_client.post("/api/scan")
    assert answer.status_code == 202
    comics, manga = answer.json["jobs"]
    assert answer.json["job_id"] == manga["job_id"]
    assert (comics["library"], comics["job_id"]) == ("Comics", busy)
    assert comics["error"]["code"] == "scan_running"
    assert manga == {"library": "Manga", "job_id": manga["job_id"]}
    assert admin_client.post("/api/scan").status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"library": "Nix"}, 404),
        ({"library": 99}, 404),
        ({"library": 2**70}, 422),
        ({"library": True}, 422),
        ({"library": []}, 422),
        ({"library": "\ud800"}, 422),
        ({"kind": "slow"}, 422),
        ({"kind": 1}, 422),
        ({"options": []}, 422),
        ({"options": {"thumbnails": "some"}}, 422),
        ({"options": {"confirm_missing": True}}, 422),
        (["Comics"], 422),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(
    admin_client: FlaskClient, library: int, body: object, status: int
) -> None:
    answer = admin_client.post("/api/scan", json=body)
    assert answer.status_code == status
    assert answer.json["error"]["message"].endswith(".")
    assert admin_client.get("/api/scan/status").json["job"] is None


def test_a_scan_of_nothing_says_to_add_a_folder(admin_client: FlaskClient) -> None:
    answer = admin_client.post("/api/scan")
    assert answer.status_code == 404
    assert "Add the folder" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/api/scan"),
        ("POST", "/api/rescan"),
        ("POST", "/api/scan/1/cancel"),
        ("POST", "/api/scan/1/resume"),
        ("POST", "/api/scan/1/retry"),
        ("DELETE", "/api/scan/jobs/1"),
        ("GET", "/api/scan/jobs/1/errors"),
        ("POST", "/progress/scan"),
        ("POST", "/progress/1/cancel"),
        ("POST", "/progress/1/resume"),
        ("POST", "/progress/1/retry"),
    ],
)
def test_only_admins_change_anything_or_see_names_of_files(
    reader_client: FlaskClient, job_with_errors: int, method: str, address: str
) -> None:
    assert reader_client.open(address, method=method).status_code == 403
    assert job_of(job_with_errors).status is JobStatus.COMPLETED


def test_a_stranger_sees_nothing(client: FlaskClient) -> None:
    assert client.get("/api/scan/status").status_code == 401
    assert client.get("/progress").status_code == 303


# ---- the status


STATUS_KEYS = {
    *("active", "status", "total", "processed", "started_at", "completed_at", "job"),
    *("needs", "notices"),
}
JOB_KEYS = {
    *("id", "library", "kind", "status", "phase", "percent", "eta_seconds", "current", "errors"),
    *("found", "new", "updated", "moved", "missing", "back", "phases"),
    *("held", "sentence", "note", "requested_by", "created_at", "started_at", "completed_at"),
    *("shards", "elapsed_seconds", "worked_seconds", "paused", "priority", "folder", "folders"),
    "options",
}
PHASE_KEYS = {
    *("name", "label", "words", "status", "total", "done", "failed", "rate", "eta_seconds"),
    *("started_at", "completed_at", "elapsed_seconds", "eta_low_seconds", "eta_high_seconds"),
}


def test_the_status_has_these_keys_and_no_others(admin_client: FlaskClient, library: int) -> None:
    assert set(admin_client.get("/api/scan/status").json) == STATUS_KEYS
    add_job(library, **over(Phase.DISCOVER, 100) | under_way(Phase.INDEX, 40, 100))
    status = admin_client.get("/api/scan/status").json
    assert set(status) == STATUS_KEYS
    assert set(status["job"]) == JOB_KEYS
    assert [set(phase) for phase in status["job"]["phases"]] == [PHASE_KEYS] * 3


def test_the_status_tells_of_the_phase_under_way(admin_client: FlaskClient, library: int) -> None:
    job = add_job(library, **over(Phase.DISCOVER, 100) | under_way(Phase.INDEX, 40, 100))
    answer = admin_client.get("/api/scan/status")
    assert answer.headers["Cache-Control"] == "no-store"
    status = answer.json
    assert (status["active"], status["status"]) == (True, "running")
    assert (status["total"], status["processed"]) == (100, 40)
    assert status["started_at"].endswith("Z")
    assert (status["job"]["id"], status["job"]["library"]) == (job, "Comics")
    assert [phase["name"] for phase in status["job"]["phases"]] == list(Phase)


def test_nothing_running_is_idle(admin_client: FlaskClient, library: int) -> None:
    assert admin_client.get("/api/scan/status").json["status"] == "idle"
    job = add_job(library, **ended(JobStatus.FAILED))
    assert admin_client.get("/api/scan/status").json["status"] == "failed"
    change_job(job, completed_at=now() - 4_000)
    status = admin_client.get("/api/scan/status").json
    assert (status["active"], status["status"], status["job"]["id"]) == (False, "idle", job)


def test_the_status_of_one_job_or_one_library_can_be_asked(
    admin_client: FlaskClient, library: int
) -> None:
    first = add_job(library, **ended())
    second = add_job(add_library("Manga"))
    for query, expected in (
        ("", second),
        (f"?job={first}", first),
        ("?library=Comics", first),
        (f"?library={library}", first),
    ):
        assert admin_client.get(f"/api/scan/status{query}").json["job"]["id"] == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("job=99", 404),
        ("library=Nix", 404),
        (f"library={2**63}", 404),
        ("job=x", 422),
        ("job=-1", 422),
    ],
)
def test_a_status_that_cannot_be_told_is_an_error(
    admin_client: FlaskClient, library: int, query: str, status: int
) -> None:
    assert admin_client.get(f"/api/scan/status?{query}").status_code == status


def test_names_of_files_are_for_admins(
    admin_client: FlaskClient, reader_client: FlaskClient, library: int
) -> None:
    running = add_job(library, current_operation="Secret/1.cbz")
    held = add_job(
        add_library("Manga"), status=JobStatus.HELD, last_error="All is gone from /mnt/secret."
    )
    for client, secrets in ((admin_client, True), (reader_client, False)):
        for job in (running, held):
            for address in (f"/api/scan/status?job={job}", "/api/scan/jobs", f"/progress/{job}"):
                assert ("ecret" in client.get(address).text) is secrets


# ---- jobs and errors


def test_jobs_are_paged_by_a_cursor(admin_client: FlaskClient, library: int) -> None:
    ids = [add_job(library, **ended()) for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = admin_client.get(f"/api/scan/jobs?limit=2&cursor={cursor}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == ids[::-1]


def test_errors_are_paged_and_picked_by_class(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    address = f"/api/scan/jobs/{job_with_errors}/errors"
    seen, cursor = [], ""
    while cursor is not None:
        page = admin_client.get(f"{address}?limit=3&cursor={cursor}").json
        seen += [item["path"] for item in page["items"]]
        cursor = page["next"]
    assert seen == ["Saga/Saga 1.cbz", "Saga/Saga [2020].cbz", "Saga/Saga 3.cbz", "Locked"]
    [empty] = admin_client.get(f"{address}?error=empty").json["items"]
    assert (empty["path"], empty["error"]) == ("Saga/Saga 3.cbz", "empty")
    assert empty["message"]
    assert empty["advice"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=x", "cursor=W10", "error=nix"]
)
def test_a_listing_refuses_what_it_cannot_use(
    admin_client: FlaskClient, job_with_errors: int, query: str
) -> None:
    address = f"/api/scan/jobs/{job_with_errors}/errors?{query}"
    assert admin_client.get(address).status_code == 422


def test_a_cursor_of_one_listing_is_none_of_another(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    address = f"/api/scan/jobs/{job_with_errors}/errors"
    cursor = admin_client.get(f"{address}?limit=1").json["next"]
    assert admin_client.get(f"/api/scan/jobs?cursor={cursor}").status_code == 422


# ---- what can be done to a job


def test_a_cancelled_job_lets_another_scan_begin(admin_client: FlaskClient, library: int) -> None:
    job = admin_client.post("/api/scan").json["job_id"]
    assert admin_client.post(f"/api/scan/{job}/cancel").json["job"]["status"] == "cancelled"
    assert admin_client.post("/api/scan").status_code == 202
    again = admin_client.post(f"/api/scan/{job}/cancel")
    assert (again.status_code, again.json["error"]["code"]) == (409, "job_state")


def test_a_held_job_goes_on_after_a_persons_word(admin_client: FlaskClient, library: int) -> None:
    job = add_job(library, status=JobStatus.HELD, last_error="Most comics are gone.")
    assert admin_client.post(f"/api/scan/{job}/resume").json["job"]["status"] == "running"
    assert job_of(job).options == {"confirm_missing": True}
    assert admin_client.post(f"/api/scan/{job}/resume").status_code == 409


def test_one_file_is_tried_again_and_the_others_are_not(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    body = {"phase": "index", "path": "Saga/Saga 3.cbz"}
    answer = admin_client.post(f"/api/scan/{job_with_errors}/retry", json=body)
    assert (answer.status_code, answer.json["retried"]) == (200, 1)


def test_a_class_of_errors_is_tried_again(admin_client: FlaskClient, job_with_errors: int) -> None:
    answer = admin_client.post(f"/api/scan/{job_with_errors}/retry", json={"error": "truncated"})
    assert answer.json["retried"] == 2


def test_a_retry_of_what_did_not_fail_is_refused(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    for body, status in (
        ({"error": "crashed"}, 409),
        ({"error": "nix"}, 422),
        ({"phase": "enrich"}, 422),
        ({"comic": "one"}, 422),
        ({"comic": 2**64}, 422),
    ):
        answer = admin_client.post(f"/api/scan/{job_with_errors}/retry", json=body)
        assert answer.status_code == status
    assert job_of(job_with_errors).status is JobStatus.COMPLETED


def test_an_ended_job_can_be_forgotten_and_a_running_one_cannot(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    assert admin_client.delete(f"/api/scan/jobs/{job_with_errors}").status_code == 204
    assert admin_client.get(f"/progress/{job_with_errors}").status_code == 404
    running = admin_client.post("/api/scan").json["job_id"]
    assert admin_client.delete(f"/api/scan/jobs/{running}").status_code == 409


@pytest.mark.parametrize("deed", ["cancel", "resume", "retry"])
@pytest.mark.parametrize("job", [7, 2**80])
def test_nothing_can_be_done_to_a_job_that_is_not_there(
    admin_client: FlaskClient, deed: str, job: int
) -> None:
    answer = admin_client.post(f"/api/scan/{job}/{deed}")
    assert answer.status_code == 404


# ---- the page


def test_the_page_says_in_words_how_far_the_scan_is(
    reader_client: FlaskClient, library: int
) -> None:
    columns = over(Phase.DISCOVER, 60_000) | under_way(Phase.INDEX, 24_012, 60_000, seconds=120)
    add_job(library, **columns, comics_found=60_000)
    page = reader_client.get("/progress").text
    assert "Reading 24,012 of 60,000 comics, 200 a second, about 3 minutes left" in page
    assert "Your library is ready; details are still being filled in." in page
    assert "Cancel the scan" not in page


def test_the_page_without_a_scan_says_what_to_do(
    admin_client: FlaskClient, reader_client: FlaskClient
) -> None:
    assert "Add a folder" in admin_client.get("/progress").text
    assert "Add a folder" not in reader_client.get("/progress").text
    add_library()
    assert "Scan now" in admin_client.get("/progress").text


def test_the_forms_work_without_javascript(admin_client: FlaskClient, library: int) -> None:
    assert admin_client.post("/progress/scan").location == "/progress"
    page = admin_client.get("/progress").text
    assert 'action="/progress/1/cancel"' in page
    answer = admin_client.post("/progress/1/cancel")
    assert (answer.status_code, answer.location) == (303, "/progress/1")
    assert "Go on from there" in admin_client.get("/progress/1").text


def test_each_failed_file_is_on_the_page_with_its_reason_and_a_button(
    admin_client: FlaskClient, reader_client: FlaskClient, job_with_errors: int
) -> None:
    page = admin_client.get(f"/progress/{job_with_errors}").text
    assert "2 truncated" in page
    assert errors.ADVICE[ErrorClass.TRUNCATED] in page
    assert "Saga/Saga [2020].cbz" in page
    assert 'value="Saga/Saga [[]2020].cbz"' in page
    assert "Saga 1.cbz" not in reader_client.get(f"/progress/{job_with_errors}").text


def test_the_button_of_one_file_retries_that_file_alone(
    admin_client: FlaskClient, job_with_errors: int
) -> None:
    form = {"phase": "index", "path": "Saga/Saga [[]2020].cbz", "error": ""}
    answer = admin_client.post(f"/progress/{job_with_errors}/retry", data=form)
    assert answer.location == f"/progress/{job_with_errors}"


@pytest.mark.parametrize("field", ["comic", "shard"])
@pytest.mark.parametrize("number", ["9" * 19, "9" * 40, "-1", "one"])
def test_a_form_that_names_what_there_cannot_be_is_refused(
    admin_client: FlaskClient, job_with_errors: int, field: str, number: str
) -> None:
    answer = admin_client.post(f"/progress/{job_with_errors}/retry", data={field: number})
    assert answer.status_code == 422
    assert f"{field} must be" in answer.text


def test_many_errors_of_a_class_have_pages_of_their_own(
    admin_client: FlaskClient, library: int
) -> None:
    job = add_job(library, **ended())
    add_errors(job, library, [f"Saga/{number:03}.cbz".encode() for number in range(150)])
    page = admin_client.get(f"/progress/{job}").text
    assert page.count('class="mono path"') == 5
    assert "All 150" in page
    first = admin_client.get(f"/progress/{job}?error=truncated").text
    assert first.count('class="mono path"') == 100
    address = first.partition(f'href="/progress/{job}?error=truncated&amp;cursor=')[2]
    cursor = address.partition('"')[0]
    second = admin_client.get(f"/progress/{job}?error=truncated&cursor={cursor}").text
    assert second.count('class="mono path"') == 50
    assert "Saga/149.cbz" in second


def test_earlier_scans_are_listed_and_paged(admin_client: FlaskClient, library: int) -> None:
    for _ in range(13):
        add_job(library, **ended())
    page = admin_client.get("/progress").text
    assert page.count('class="job-list-words') == 10
    cursor = page.partition("/progress?cursor=")[2].partition('"')[0]
    assert admin_client.get(f"/progress?cursor={cursor}").text.count('class="job-list-words') == 3
