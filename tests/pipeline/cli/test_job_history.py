"""Forgetting jobs by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from db import jobs
from db.engine import reading
from pipeline.cli import main
from tests.scan_rows import add_job, add_library, ended


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
