"""Scans of single folders, by real stages: what lies elsewhere is as it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from db import job_folders as walked
from db import jobs, shards
from db.engine import reading, writing
from db.schema import job_folders, libraries, scan_jobs
from db.schema import shards as shards_table
from db.states import ErrorClass, HeldReason, JobStatus, Phase, ShardStatus
from tests.trial import Trial, age

FIRST = ("Marvel/Saga/1.cbz", "Marvel/Saga/2.cbz", "Marvel/Fables/1.cbz", "DC/Batman/1.cbz")


@pytest.fixture
def fresh(data: Path, tmp_path: Path) -> Trial:
    """A library that nobody has scanned."""
    trial = Trial(tmp_path / "comics")
    trial.add(*FIRST)
    age(trial.root)
    with writing() as connection:
        connection.execute(update(libraries).values(scan_options='{"thumbnails": "none"}'))
    return trial


@pytest.fixture
def trial(fresh: Trial) -> Trial:
    """The same library, scanned once."""
    fresh.scan(thumbnails="none")
    return fresh


def ask(trial: Trial, *paths: str) -> int:
    """Ask for scans of folders; answers the one job that does them."""
    with writing() as connection:
        found = {
            jobs.request_folders(connection, trial.library_id, [path.encode()], "Mylar")[0]
            for path in paths
        }
    [job_id] = found
    return job_id


def scan(trial: Trial, *paths: str) -> Any:
    return trial.go_on(ask(trial, *paths))


def test_only_what_lies_in_the_folder_is_looked_at(trial: Trial) -> None:
    for name in ("Marvel/Saga/link.cbz", "DC/link.cbz"):
        (trial.root / name).symlink_to("nowhere.cbz")
    trial.scan(thumbnails="none")
    (trial.root / "Marvel/Saga/link.cbz").unlink()
    trial.add("Marvel/Saga/3.cbz", "Marvel/Saga/Extras/1.cbz", "DC/Batman/2.cbz")
    trial.add("Marvel/Saga/2.cbz", info="<ComicInfo><Title>New</Title></ComicInfo>")
    (trial.root / "Marvel/Saga/1.cbz").unlink()
    (trial.root / "Marvel/Fables/1.cbz").unlink()
    age(trial.root)  # whatever the time stamps say, each file of the folder is looked at
    job = scan(trial, "Marvel/Saga")
    assert job.status == JobStatus.COMPLETED
    assert (job.comics_new, job.comics_missing, job.comics_found) == (2, 1, 3)
    assert (job.comics_updated, trial.comic("Marvel/Saga/2.cbz").title) == (1, "New")
    assert trial.errors() == {"DC/link.cbz": ErrorClass.BROKEN_LINK}
    assert trial.paths("missing") == {"Marvel/Saga/1.cbz"}
    assert trial.comic("Marvel/Saga/Extras/1.cbz").index_state == "done"
    assert "DC/Batman/2.cbz" not in trial.paths()


def test_a_folder_in_a_folder_that_is_not_known_yet_is_found(trial: Trial) -> None:
    """Its comics are new until everything was walked: they may be gone from another folder."""
    trial.add("Image/New/1.cbz")
    assert scan(trial, "Image/New").comics_new == 1
    assert ("Image", "", "New", 1) in trial.shelves()
    new = trial.comic("Image/New/1.cbz").id
    assert trial.rows(libraries)[0].settled_comic_id < new
    assert trial.scan(thumbnails="none").comics_new == 0
    assert trial.rows(libraries)[0].settled_comic_id == new


def test_a_folder_that_is_gone_is_missing_and_nothing_else(trial: Trial) -> None:
    trial.add(*(f"DC/Batman/{number}.cbz" for number in range(2, 9)))
    trial.scan(thumbnails="none")
    shutil.rmtree(trial.root / "Marvel/Fables")
    job = scan(trial, "Marvel/Fables")
    assert (job.status, job.comics_missing) == (JobStatus.COMPLETED, 1)
    assert trial.paths("missing") == {"Marvel/Fables/1.cbz"}


@pytest.mark.parametrize("left", [True, False])
def test_a_loss_is_held_against_the_whole_library(trial: Trial, left: bool) -> None:
    shutil.rmtree(trial.root / "Marvel")
    if not left:  # as when the disk is not mounted
        shutil.rmtree(trial.root / "DC")
    job = scan(trial, "Marvel")
    reason = HeldReason.MANY_GONE if left else HeldReason.ROOT_EMPTY
    assert (job.status, job.held_reason) == (JobStatus.HELD, reason)
    with writing() as connection:
        jobs.confirm(connection, job.id)
    trial.go_on(job.id)
    assert len(trial.paths("missing")) == 3


def test_what_is_passed_over_in_a_scan_is_so_when_it_is_named(trial: Trial) -> None:
    trial.add("Marvel/.hidden/1.cbz", "@eaDir/Saga/1.cbz")
    job = scan(trial, "Marvel/.hidden", "@eaDir/Saga")
    assert (job.status, job.comics_new, job.comics_missing) == (JobStatus.COMPLETED, 0, 0)


def test_a_comic_that_moves_between_two_scans_of_folders_is_the_same(trial: Trial) -> None:
    before = trial.comic("DC/Batman/1.cbz").id
    (trial.root / "Image").mkdir()
    (trial.root / "DC/Batman/1.cbz").rename(trial.root / "Image/1.cbz")
    scan(trial, "Image")
    scan(trial, "DC")
    assert trial.comic("Image/1.cbz").id == before


# ---- folders that are asked for while a job is under way


def walks(trial: Trial, job_id: int) -> int:
    return sum(
        row.job_id == job_id and row.phase == Phase.DISCOVER and row.status == ShardStatus.DONE
        for row in trial.rows(shards_table)
    )


def test_a_job_goes_back_for_a_folder_and_then_on(fresh: Trial) -> None:
    job_id = fresh.request(thumbnails="none")
    assert fresh.run(fresh.claim()) == 0
    index = fresh.claim()
    assert index.phase is Phase.INDEX
    fresh.add("Image/New/1.cbz")
    assert ask(fresh, "Image") == job_id
    with reading() as connection:
        assert not shards.is_wanted(connection, index)
        assert shards.queued(connection) == []  # until the other stage has left
    with writing() as connection:
        shards.hand_back(connection, index.shard_id)
    job = fresh.go_on(job_id)
    assert (job.status, job.comics_found, job.comics_new) == (JobStatus.COMPLETED, 5, 5)
    assert (job.index_total, job.index_done) == (5, 5)
    assert walks(fresh, job_id) == 2


def test_a_folder_asked_for_behind_the_walk_is_walked_before_the_job_ends(fresh: Trial) -> None:
    job_id = fresh.request(thumbnails="none")
    claimed = fresh.claim()
    ask(fresh, "Image", "DC")
    fresh.add("Image/1.cbz")
    assert fresh.run(claimed) == 0
    job = fresh.go_on(job_id)
    assert (job.status, job.comics_found, walks(fresh, job_id)) == (JobStatus.COMPLETED, 5, 1)


def test_a_folder_asked_for_during_its_walk_is_walked_again(fresh: Trial) -> None:
    job_id = ask(fresh, "Marvel")
    claimed = fresh.claim()
    with writing() as connection:  # as its stage does before it walks
        walked.take(connection, job_id, claimed.shard_id)
    ask(fresh, "Marvel/Saga")
    with writing() as connection:
        shards.finish(connection, claimed)
    job = fresh.go_on(job_id)
    assert (job.status, walks(fresh, job_id)) == (JobStatus.COMPLETED, 2)
    assert all(row.walked_at for row in fresh.rows(job_folders))


def test_one_broken_link_of_a_scan_is_retried_by_its_folder_alone(fresh: Trial) -> None:
    (fresh.root / "DC/link.cbz").symlink_to("nowhere.cbz")
    job = fresh.scan(thumbnails="none")
    fresh.add("Image/1.cbz")
    with writing() as connection:
        jobs.retry(connection, job.id, path_glob="DC/*")
    again = fresh.go_on(job.id)
    assert (again.status, again.comics_new) == (JobStatus.COMPLETED, len(FIRST))
    assert fresh.errors() == {"DC/link.cbz": ErrorClass.BROKEN_LINK}
    assert fresh.count(scan_jobs) == 1
