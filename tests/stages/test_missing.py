"""What the discover stage makes of comics and roots that are gone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from db import jobs, libraries
from db.engine import writing
from db.schema import job_changes
from db.states import JobStatus, Phase, ScanKind
from tests.trial import LONG_AGO, Trial, age


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


@pytest.fixture
def shelf(trial: Trial) -> Trial:
    """Ten comics in two series, all of them known, with trusted time stamps."""
    trial.add(*(f"Saga/{number}.cbz" for number in range(8)), "Chew/1.cbz", "Chew/2.cbz")
    age(trial.root)
    trial.discover()
    return trial


def test_a_comic_that_is_gone_is_missing_and_keeps_its_row(shelf: Trial) -> None:
    before = shelf.comic("Saga/3.cbz")
    (shelf.root / "Saga" / "3.cbz").unlink()
    job = shelf.discover()
    after = shelf.comic("Saga/3.cbz")
    assert (after.id, after.state, after.changed_job_id) == (before.id, "missing", job.id)
    assert after.missing_since is not None
    assert job.comics_missing == 1
    assert ("", "", "Saga", 7) in shelf.shelves()
    changes = [tuple(row)[1:4] for row in shelf.rows(job_changes)]
    assert changes == [(job.id, before.id, "missing")]


def test_a_comic_that_is_back_is_the_same_comic(shelf: Trial) -> None:
    before = shelf.comic("Saga/3.cbz")
    away = shelf.root.parent / "3.cbz"
    shutil.move(shelf.root / "Saga" / "3.cbz", away)
    shelf.discover()
    shutil.move(away, shelf.root / "Saga" / "3.cbz")
    age(shelf.root)
    job = shelf.discover()
    after = shelf.comic("Saga/3.cbz")
    assert (after.id, after.state, after.missing_since) == (before.id, "present", None)
    assert job.comics_back == 1
    assert job.comics_new == 0
    assert ("", "", "Saga", 8) in shelf.shelves()
    assert [row.change for row in shelf.rows(job_changes)] == ["missing", "back"]


def test_a_missing_comic_is_marked_once(shelf: Trial) -> None:
    (shelf.root / "Saga" / "3.cbz").unlink()
    shelf.discover()
    since = shelf.comic("Saga/3.cbz").missing_since
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        assert shelf.discover(kind).comics_missing == 0
    assert shelf.comic("Saga/3.cbz").missing_since == since
    assert shelf.count(job_changes) == 1


def test_a_folder_that_is_gone_is_no_error_ever_after(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Chew")
    age(shelf.root)
    os.utime(shelf.root, (LONG_AGO + 1, LONG_AGO + 1))
    shelf.discover()
    assert shelf.paths("missing") == {"Chew/1.cbz", "Chew/2.cbz"}
    for kind in (ScanKind.QUICK, ScanKind.QUICK, ScanKind.FULL):
        shelf.discover(kind)
        assert shelf.errors() == {}


def test_an_empty_root_marks_nothing_and_asks(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    shelf.root.mkdir()
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        job = shelf.discover(kind)
        assert job.status == JobStatus.HELD
        assert "10 of 10 comics are gone" in job.last_error
        assert shelf.paths("missing") == set()


def test_a_root_that_is_not_there_marks_nothing_and_says_so(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    job = shelf.discover()
    assert job.status == JobStatus.HELD
    assert str(shelf.root) in job.last_error
    assert shelf.paths("missing") == set()


def test_a_word_given_for_a_root_that_is_not_there_still_marks_nothing(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    job = shelf.discover()
    with writing() as connection:
        jobs.resume(connection, job.id)
    assert shelf.run(shelf.claim()) == 0
    assert shelf.job(job.id).status == JobStatus.HELD
    assert shelf.paths("missing") == set()


def test_the_first_scan_of_a_root_that_is_not_there_fails_and_says_why(trial: Trial) -> None:
    trial.root.rmdir()
    job = trial.discover()
    assert job.status == JobStatus.FAILED
    assert str(trial.root) in job.last_error


def test_a_root_that_is_a_file_marks_nothing(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    shelf.root.write_text("what a failed mount left behind")
    assert shelf.discover().status == JobStatus.HELD
    assert shelf.paths("missing") == set()


def test_a_loss_beyond_the_share_is_marked_only_when_a_person_says_so(shelf: Trial) -> None:
    for number in range(3):
        (shelf.root / "Saga" / f"{number}.cbz").unlink()
    job = shelf.discover()
    assert job.status == JobStatus.HELD
    assert "3 of 10 comics are gone" in job.last_error
    assert shelf.paths("missing") == set()
    with writing() as connection:
        jobs.resume(connection, job.id)
    assert shelf.run(shelf.claim()) == 0
    assert shelf.paths("missing") == {f"Saga/{number}.cbz" for number in range(3)}
    assert shelf.job(job.id).status == JobStatus.RUNNING
    assert shelf.job(job.id).phase == Phase.INDEX


def test_a_held_scan_that_is_cancelled_marks_nothing_and_frees_the_library(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Saga")
    job = shelf.discover()
    with writing() as connection:
        jobs.cancel(connection, job.id)
    assert shelf.job(job.id).status == JobStatus.CANCELLED
    assert shelf.paths("missing") == set()
    assert shelf.active() == []


def test_a_loss_within_the_share_is_marked_at_once(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Chew")
    job = shelf.discover()
    assert job.status == JobStatus.RUNNING
    assert shelf.paths("missing") == {"Chew/1.cbz", "Chew/2.cbz"}


def test_another_disk_in_the_roots_place_asks_about_a_single_comic(shelf: Trial) -> None:
    assert shelf.discover().status == JobStatus.RUNNING
    with writing() as connection:
        connection.execute(libraries.libraries.update().values(root_device=1))
    (shelf.root / "Saga" / "3.cbz").unlink()
    assert shelf.discover().status == JobStatus.HELD
    assert shelf.paths("missing") == set()
