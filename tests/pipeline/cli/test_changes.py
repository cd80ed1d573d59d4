"""The command that lists what a scan changed, and what a job tells of it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from db.engine import writing
from db.schema import job_changes
from db.states import Change
from pipeline.cli import main
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job, ended


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def job(data: object) -> int:
    """A scan that moved one comic and found another changed; the job that added both."""
    library = add_library()
    job = add_job(library, **ended(comics_moved=1, comics_updated=1))
    saga = add_series(library, "Saga", folder=b"Image/Saga")
    told = {
        add_comic(saga, "1.cbz"): (Change.MOVED, "Old/1.cbz → Image/Saga/1.cbz"),
        add_comic(saga, "2.cbz"): (Change.UPDATED, ""),
    }
    with writing() as connection:
        connection.execute(
            insert(job_changes),
            [
                {"job_id": job, "comic_id": one, "change": change, "detail": detail}
                for one, (change, detail) in told.items()
            ],
        )
    return job


def test_a_job_tells_what_it_changed(job: int) -> None:
    told = longbox("job", str(job)).output
    assert "1 comic moved" in told
    assert "Old/1.cbz → Image/Saga/1.cbz" in told
    assert "1 comic changed" in told
    assert f"longbox changes {job}" in told


def test_changes_are_listed_for_people_and_for_programs(job: int) -> None:
    assert "Old/1.cbz → Image/Saga/1.cbz" in longbox("changes", str(job)).output
    assert "Image/Saga/1.cbz" not in longbox("changes", str(job), "--change", "updated").output
    listed = json.loads(longbox("changes", str(job), "--json").stdout)
    assert [(one["change"], one["path"]) for one in listed] == [
        ("new", "Image/Saga/1.cbz"),
        ("new", "Image/Saga/2.cbz"),
        ("updated", "Image/Saga/2.cbz"),
        ("moved", "Image/Saga/1.cbz"),
    ]


def test_a_job_without_such_changes_says_so_and_one_that_is_not_there_is_an_error(
    job: int,
) -> None:
    assert "nothing of that kind" in longbox("changes", str(job), "--change", "back").output
    assert longbox("changes", "99").exit_code != 0
