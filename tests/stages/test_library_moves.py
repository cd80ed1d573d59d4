"""Whole libraries and large parts of them that move: their comics keep their ids."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from db import jobs, shards
from db.engine import writing
from db.schema import job_changes, libraries
from db.states import JobStatus
from tests.stages.moving import Place, check, scan
from tests.trial import PATIENCE, Trial, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def filled(trial: Trial, category: str, many: int) -> dict[str, int]:
    """Comics of ten to a series in a category, all known; answers path → id."""
    here = Place(trial, category)
    here.put(*(f"Series {number // 10}/{number}.cbz" for number in range(many)))
    scan(trial)
    return here.ids()


def test_a_large_part_with_another_name_is_no_loss_to_ask_about(trial: Trial) -> None:
    before = filled(trial, "Image", 20)
    (trial.root / "Image").rename(trial.root / "Image Comics")
    job = scan(trial)
    assert job.comics_moved == 20
    assert Place(trial, "Image Comics").ids() == before


def test_a_library_that_was_away_comes_back_as_it_was(trial: Trial) -> None:
    before = filled(trial, "Image", 10)
    away = trial.root.with_name("away")
    trial.root.rename(away)
    trial.root.mkdir()
    assert trial.scan().status == JobStatus.HELD
    trial.root.rmdir()
    away.rename(trial.root)
    job = scan(trial)
    assert (job.comics_new, job.comics_moved, job.comics_back) == (0, 0, 0)
    assert Place(trial, "Image").ids() == before


def test_a_comic_that_moves_to_another_library_keeps_its_id(trial: Trial) -> None:
    filled(trial, "Image", 2)
    before = trial.comic("Image/Series 0/1.cbz").id
    with writing() as connection:
        columns = {"name": "Others", "path": os.fsencode(trial.root.with_name("others"))}
        other_id = connection.execute(
            insert(libraries).values(columns | {"created_at": 1.0}).returning(libraries.c.id)
        ).scalar_one()
    (trial.root.with_name("others") / "Saga").mkdir(parents=True)
    (trial.root / "Image/Series 0/1.cbz").rename(trial.root.with_name("others") / "Saga/1.cbz")
    assert trial.scan(thumbnails="none", confirm_missing=True).status == JobStatus.HELD
    with writing() as connection:
        jobs.confirm(connection, max(trial.active()))
    trial.go_on(max(trial.active()))
    trial.library_id = other_id
    job = trial.scan(thumbnails="none")
    row = trial.comic("Saga/1.cbz")
    assert (row.id, row.library_id) == (before, other_id)
    assert (job.comics_moved, job.comics_new) == (1, 0)
    assert {row.detail for row in trial.rows(job_changes) if row.detail} == {
        "Comics: Image/Series 0/1.cbz → Others: Saga/1.cbz"
    }


def test_a_settlement_that_is_killed_again_and_again_is_gone_on_with(trial: Trial) -> None:
    before = filled(trial, "Image", 250)
    shelves = Place(trial, "Image").series()
    (trial.root / "Image").rename(trial.root / "Image Comics")
    job_id = trial.discover(thumbnails="none").id
    settled = 0
    while settled < 250:
        claimed = trial.claim()
        with trial.stage(claimed) as stage:

            def something_is_settled(stage: Any = stage, so_far: int = settled) -> bool:
                return stage.poll() is not None or trial.job(job_id).comics_moved > so_far

            wait_for(something_is_settled)
            stage.kill()
            stage.wait(PATIENCE)
        settled = trial.job(job_id).comics_moved
        with writing() as connection:
            shards.bury(connection, claimed.shard_id, "killed", fence=claimed.fence)
    job = trial.go_on(job_id)
    assert job.status == JobStatus.COMPLETED
    check(trial, job)
    assert (Place(trial, "Image Comics").ids(), Place(trial, "Image Comics").series()) == (
        before,
        shelves,
    )
    assert (job.comics_moved, job.index_total, job.index_done) == (250, 250, 250)
