"""The commands for a scan that asks first: what would go missing, and each answer."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from db import held, jobs
from db.engine import reading, writing
from db.schema import scan_jobs
from db.states import HeldReason, JobStatus
from pipeline.cli import main
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def job(data: object) -> int:
    library = add_library()
    job = add_job(
        library,
        status=JobStatus.HELD,
        last_error="2 of 3 comics are gone.",
        held_reason=HeldReason.MANY_GONE,
        held_comics=2,
    )
    saga = add_series(library, "Saga", folder=b"Image/Saga")
    add_comic(saga, "here.cbz")
    gone = [add_comic(saga, "1.cbz"), add_comic(saga, "2.cbz")]
    with writing() as connection:
        held.record(connection, job, gone)
    return job


@pytest.fixture
def unreadable(job: int) -> int:
    with writing() as connection:
        connection.execute(update(scan_jobs).values(held_reason=HeldReason.ROOT_UNREADABLE))
    return job


def job_of(job_id: int) -> jobs.Job:
    with reading() as connection:
        return jobs.get(connection, job_id)


def test_jobs_that_need_an_answer_stand_out(job: int) -> None:
    told = longbox("jobs").output
    assert "held: needs you" in told
    assert "Job 1 needs you: 2 of 3 comics are gone." in told


def test_a_held_job_says_what_would_go_missing_and_how_to_answer(job: int) -> None:
    told = longbox("job", "1").output
    assert "Saga" in told
    for words in ("losses 1", "confirm 1", "resume 1", "marks 2 comics missing", "discard 1"):
        assert words in told
    assert json.loads(longbox("job", "1", "--json").output)["held"]["comics"] == 2


def test_nobody_is_offered_to_confirm_what_cannot_be_looked_at(unreadable: int) -> None:
    told = longbox("job", "1").output
    assert "confirm" not in told
    assert "look-again 1" in told
    result = longbox("confirm", "1")
    assert (result.exit_code, "nothing to confirm" in result.stderr) == (1, True)
    assert job_of(1).status is JobStatus.HELD
    assert "looks again" in longbox("resume", "1").output
    assert (job_of(1).status, job_of(1).options) == (JobStatus.RUNNING, {})


def test_every_comic_that_would_go_missing_is_listed(job: int) -> None:
    told = longbox("losses", "1").output
    assert "Saga  2 of 3" in told
    assert "Image/Saga/1.cbz" in told
    [listed] = json.loads(longbox("losses", "1", "--json").output)
    assert listed["comics"] == ["Image/Saga/1.cbz", "Image/Saga/2.cbz"]
    assert longbox("losses", "9").exit_code == 1


@pytest.mark.parametrize(
    ("deed", "status"),
    [("confirm", "running"), ("look-again", "running"), ("discard", "cancelled")],
)
def test_each_answer_is_a_command(job: int, deed: str, status: str) -> None:
    result = longbox(deed, "1")
    assert (result.exit_code, job_of(1).status) == (0, status)
    assert job_of(1).options == ({"confirm_missing": True} if deed == "confirm" else {})
    assert longbox(deed, "1").exit_code == 1
