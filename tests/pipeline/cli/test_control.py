"""Pausing, priorities, scans of a part and tokens, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from db import api_tokens, job_folders, jobs, users
from db.engine import reading, writing
from db.states import ErrorClass, JobStatus, Priority
from pipeline.cli import main
from tests.scan_rows import add_errors, add_job, add_library, ended
from tests.shelf import Shelf


def longbox(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="longbox")


def test_a_job_is_paused_resumed_and_ranked(data: Path) -> None:
    job = add_job(add_library())
    assert "`longbox resume 1` lets it go on" in longbox("pause", str(job)).output
    assert "goes on where it was" in longbox("resume", str(job)).output
    assert longbox("priority", str(job), "low").exit_code == 0
    with reading() as connection:
        found = jobs.get(connection, job)
    assert (found.status, found.priority) == (JobStatus.RUNNING, Priority.LOW)
    longbox("cancel", str(job))
    refused = longbox("pause", str(job))
    assert refused.exit_code == 1
    assert refused.output == "Error: Job 1 cannot be paused (it is cancelled).\n"


def test_a_folder_or_a_series_is_scanned_by_the_job_under_way(data: Path, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "comics")
    assert "A scan of Saga is queued as job 2." in longbox("scan", "--folder", "Saga").output
    (shelf.folder / "New").mkdir()
    said = longbox("scan", "Comics", "--folder", str(shelf.folder / "New")).output
    assert "A scan of New is added to job 2." in said
    assert longbox("scan", "--series", str(shelf.series_id)).exit_code == 0
    with reading() as connection:
        assert job_folders.listing(connection, 2) == [b"New", b"Saga"]
    refused = longbox("scan", "--folder", "Nowhere")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: There is no folder Nowhere in the library Comics.\n",
    )


def test_one_comic_or_one_shard_is_retried(data: Path) -> None:
    library = add_library()
    job = add_job(library, **ended())
    add_errors(job, library, [b"Saga/1.cbz"], ErrorClass.EMPTY)
    for words, sentence in (
        (("--comic", "4711"), "has no open error of that kind"),
        (("--shard", "4711"), "has no shard 4711"),
    ):
        assert sentence in longbox("retry", str(job), *words).output


@pytest.fixture
def token(admin: users.User) -> str:
    return longbox("token", "add", "Ada", "Mylar").output.strip()


def test_a_token_is_made_listed_and_removed(token: str) -> None:
    with reading() as connection:
        assert api_tokens.bearer(connection, token)
    listed = longbox("token", "list").output
    assert "Mylar" in listed
    assert "never" in listed
    [told] = json.loads(longbox("token", "list", "--json").output)
    assert (told["user"], told["name"], told["last_used_at"]) == ("Ada", "Mylar", None)
    assert token not in listed
    assert longbox("token", "remove", "Ada", "Mylar").exit_code == 0
    assert "no token yet" in longbox("token", "list").output
    assert "no token named Mylar" in longbox("token", "remove", "Ada", "Mylar").output


def test_only_admins_have_tokens(reader: users.User) -> None:
    refused = longbox("token", "add", "Rita", "Mylar")
    assert refused.output == "Error: Rita is no admin; only admins have tokens.\n"
    with writing() as connection:
        assert api_tokens.listing(connection) == []
