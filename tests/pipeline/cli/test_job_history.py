"""Forgetting jobs by hand, and taking job data along as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from db import job_history, jobs
from db.engine import reading
from db.states import JobStatus, Phase
from pipeline.cli import main
from tests.scan_rows import add_errors, add_job, add_library, ended, over


@pytest.fixture
def library(data: Path) -> int:
    return add_library("Comics")


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="longbox")


def test_a_job_that_has_ended_is_forgotten(library: int) -> None:
    job = add_job(library, **ended())
    assert longbox("job", str(job), "--delete").output == (
        f"Job {job} is forgotten. Its comics stay as they are.\n"
    )
    with reading() as connection, pytest.raises(jobs.NoSuchJob):
        jobs.get(connection, job)


def test_a_job_that_has_not_ended_is_not(library: int) -> None:
    result = longbox("job", str(add_job(library)), "--delete")
    assert result.exit_code == 1
    assert "cancel it first" in result.output


def exported(file: Path) -> Any:
    assert longbox("jobs", "--export", str(file)).exit_code == 0
    return json.loads(file.read_text())


def test_job_data_is_taken_along_and_taken_in_once(library: int, tmp_path: Path) -> None:
    first = add_job(library, **ended(**over(Phase.INDEX, 10, failed=2)), comics_new=10)
    add_errors(first, library, [b"Saga/\xff.cbz", b"2.cbz"])
    second = add_job(library, **ended(JobStatus.FAILED, created_at=1_700_000_000.123456))
    add_job(library)  # has not ended
    file = tmp_path / "jobs.json"
    content = exported(file)
    assert [job["id"] for job in content["jobs"]] == [first, second]
    assert content["jobs"][0]["files"][0]["path"] == "Saga/\ufffd.cbz"
    assert content["jobs"][1]["created_at"] == "2023-11-14T22:13:20.123Z"

    assert longbox("jobs", "--import", str(file)).output.startswith("0 jobs taken in; 2 were here")
    for job in (first, second):
        assert longbox("job", str(job), "--delete").exit_code == 0
    assert longbox("jobs", "--import", str(file)).output.startswith("2 jobs taken in; 0 were here")
    assert longbox("jobs", "--import", str(file)).output.startswith("0 jobs taken in; 2 were here")
    with reading() as connection:
        found = job_history.newest(connection, 10)
    assert [(one.job_id, one.failed, one.is_here) for one in found] == [
        (first, 2, False),
        (second, 0, False),
    ]
    again = exported(tmp_path / "again.json")["jobs"]
    summaries = [
        {k: v for k, v in job.items() if k not in ("files", "log")} for job in content["jobs"]
    ]
    assert again == summaries


def test_jobs_of_a_library_that_is_not_here_are_left_out(library: int, tmp_path: Path) -> None:
    add_job(add_library("Manga"), **ended())
    content = exported(tmp_path / "jobs.json")
    content["jobs"][0]["library"] = "Comics from elsewhere"
    (tmp_path / "jobs.json").write_text(json.dumps(content))
    said = longbox("jobs", "--import", str(tmp_path / "jobs.json")).output
    assert "1 job of Comics from elsewhere left out" in said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("half", "no JSON"),
        ("[]", "no export of jobs"),
        ('{"format": "longbox jobs", "version": 2}', "newer Longbox"),
        ('{"format": "longbox jobs", "version": 1}', "no list of jobs"),
        ('{"format": "longbox jobs", "version": 1, "jobs": [{"id": 1}]}', "cannot be read"),
    ],
)
def test_another_file_is_refused_whole(
    library: int, tmp_path: Path, content: str, sentence: str
) -> None:
    file = tmp_path / "jobs.json"
    file.write_text(content)
    result = longbox("jobs", "--import", str(file))
    assert result.exit_code == 1
    assert sentence in result.output
